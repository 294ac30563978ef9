"""A sample of the tables: its rows belong together, so that the joins find them."""

from contextlib import chdir
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from machinery.data import sample
from machinery.data.split import key_hashes
from tiny.command import invoke
from tiny.sample import parcels

CUSTOMERS = pl.DataFrame({"customer": range(1000), "plan": [f"p{n % 3}" for n in range(1000)]})
USAGE = pl.DataFrame({"customer": [n % 1000 for n in range(10_000)], "month": range(10_000)})
PLANS = pl.DataFrame({"plan": ["p0", "p1", "p2", "p9"], "price": [1.0, 2.0, 3.0, 4.0]})
START = datetime(2013, 1, 1)
FLIGHTS = pl.DataFrame(
    {
        "hour": [START + timedelta(hours=n) for n in range(6000)],
        "origin": [("EWR", "JFK")[n % 2] for n in range(6000)],
        "plane": [f"N{n % 300}" for n in range(6000)],
    }
)
WEATHER = pl.DataFrame(
    {
        "origin": ["JFK"] * 7000,
        "hour": [START + timedelta(hours=n - 500) for n in range(7000)],
        "temp": [1.0] * 7000,
    }
)


def test_tables_that_hold_the_group_keep_the_same_groups_whole() -> None:
    given = {"customers": CUSTOMERS, "plans": PLANS, "usage": USAGE}
    taken = sample.sample(given, keys={}, group="customer")
    customers = set(taken["customers"]["customer"])
    assert len(customers) == 200
    assert set(taken["usage"]["customer"]) == customers
    assert taken["usage"].height == 10 * len(customers)
    assert taken["plans"].equals(PLANS[:3])  # p9 has no customer
    places = key_hashes(taken["customers"]["customer"]) / 2**64
    assert ((places < 0.2).mean(), (places > 0.8).mean()) == pytest.approx((0.2, 0.2), abs=0.05)


def test_the_group_may_be_of_another_type_in_another_table() -> None:
    given = {"customers": CUSTOMERS.cast({"customer": pl.Int32}), "usage": USAGE}
    taken = sample.sample(given, keys={}, group="customer")
    assert set(taken["usage"]["customer"]) == set(taken["customers"]["customer"])


def test_few_groups_with_many_rows_stay_enough_for_a_split() -> None:
    shops = pl.DataFrame({"shop": [n % 50 for n in range(50_000)]})
    taken = sample.sample({"sales": shops}, keys={}, group="shop")
    assert taken["sales"]["shop"].n_unique() == sample.GROUPS == 20


def test_without_a_group_the_largest_table_is_thinned_and_others_keep_its_partners() -> None:
    given = {"flights": FLIGHTS, "planes": pl.DataFrame({"plane": ["N0", "N1", "X"]})}
    taken = sample.sample(given, keys={}, group=None)
    assert taken["flights"].equals(FLIGHTS[::3])
    assert taken["planes"]["plane"].to_list() == ["N0"]  # N1 flies every 300th time from the second


def test_a_time_matches_by_its_day_and_the_day_before() -> None:
    days = FLIGHTS.filter(pl.col("hour").dt.day() == 10)
    given = {"flights": days, "weather": WEATHER.head(300)}
    assert given["weather"].height > days.height
    given = {"flights": pl.concat([days] * 2), "weather": WEATHER}
    found = sample._matching(WEATHER, days, ["origin", "hour"])
    assert set(found["hour"].dt.day()) == {9, 10}
    assert sample._matching(WEATHER, days, []).equals(WEATHER)


def test_the_key_that_the_schema_declares_decides_what_matches() -> None:
    """Both tables have a year, of different things."""
    flights = FLIGHTS.with_columns(year=pl.lit(2013, dtype=pl.Int64))
    planes = pl.DataFrame({"plane": ["N0", "N3", "X"], "year": [1999, 2004, 2013]})
    given = {"flights": flights, "planes": planes}
    taken = sample.sample(given, keys={"planes": ("plane",)}, group=None)
    assert taken["planes"]["plane"].to_list() == ["N0", "N3"]


def test_the_command_writes_the_sample_and_says_how_many_rows_it_has(tmp_path: Path) -> None:
    (tmp_path / "data/external").mkdir(parents=True)
    parcels(5000).write_parquet(tmp_path / "data/external/parcels.parquet")
    with chdir(tmp_path):
        done = invoke("data", "sample", "number")
        taken = pl.read_parquet("tests/sample/parcels.parquet")
    assert done.exit_code == 0, done.output
    assert done.stdout == f"tests/sample/parcels.parquet: {taken.height:,} of 5,000 rows\n"
    assert 1000 < taken.height <= 2000


def test_without_tables_it_is_said_where_they_come_from(tmp_path: Path) -> None:
    with chdir(tmp_path):
        done = invoke("data", "sample", "number")
    assert done.exit_code == 1
    assert "data/external holds no table: add one with `data add`, or run `dvc pull`" in done.stderr
