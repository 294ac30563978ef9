import re
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from {{cookiecutter.package_name}}.data.features import features
from {{cookiecutter.package_name}}.data.schema import ROW
from {{cookiecutter.package_name}}.machinery.data.table import types

TYPES = types(ROW)
numbers = st.one_of(st.none(), st.floats(-50, 1100, width=32))
clocks = st.builds(lambda hour, minute: hour * 100 + minute, st.integers(0, 23), st.integers(0, 59))
flights = st.fixed_dictionaries(
    {
        "departure": st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)),
        "sched_dep_time": clocks,
        "sched_arr_time": clocks,
        "carrier": st.sampled_from(["UA", "AA", "ZZ"]),
        "distance": st.integers(1, 5000),
        "built": st.one_of(st.none(), st.integers(1950, 2020)),
        "temp": numbers,
        "dewp": numbers,
        "wind_speed": numbers,
        "wind_gust": numbers,
    }
)


def made(*rows):
    return features(pl.LazyFrame(rows, schema=TYPES)).collect()


@settings(deadline=None)  # a busy machine may be slow
@given(st.lists(flights, min_size=1, max_size=20))
def test_one_row_and_a_table_give_the_same_bits(rows):
    assert made(*rows).equals(pl.concat([made(row) for row in rows]))


@settings(deadline=None)
@given(flights)
def test_the_scheduled_block_is_a_time_of_day(row):
    assert 0 <= made(row)["block_minutes"].item() < 24 * 60


def test_a_flight_over_midnight_has_a_positive_block():
    assert made({"sched_dep_time": 2330, "sched_arr_time": 30})["block_minutes"].item() == 60


def test_the_weekday_is_that_of_the_airport_not_of_utc():
    row = {"departure": datetime(2013, 6, 3, 2, 0)}  # Monday in UTC, Sunday evening in New York
    assert made(row)["weekday"].item() == 7


@pytest.mark.parametrize(
    ("day", "distance"),
    [
        ((2013, 11, 28), 0),
        ((2014, 11, 25), 2),
        ((2013, 12, 30), 2),
        ((2024, 5, 27), 0),
        ((2013, 3, 1), 7),
        ((1968, 7, 3), 1),
        ((2400, 2, 29), 7),
        ((2413, 11, 28), 0),
    ],
)
def test_the_distance_to_a_holiday_follows_its_rule(day, distance):
    assert made({"departure": datetime(*day, 17, 0)})["holiday_distance"].item() == distance


def test_every_feature_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "use-case.md").read_text(encoding="utf-8")
    table = page.split("| feature | meaning |")[1]
    documented = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    assert documented == made().columns
