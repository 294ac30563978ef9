"""A table that changed since the last release is found, with the column and both figures."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from machinery.data.changes import changes
from machinery.data.profile import moment, profile
from machinery.data.table import Table
from machinery.params import Changes, Limit

WEATHER = Table(name="weather", key=(), columns={}, known_at="observed")
LIMITS = Changes()
NEW = pl.col("observed") >= datetime(2026, 5, 1)
CELSIUS = (pl.col("temp") - 32) / 1.8


def table(months=5):
    """Daily observations at noon and in the evening from January on."""
    start, days = datetime(2026, 1, 1), 30 * months
    draw = np.random.default_rng(1)
    return pl.DataFrame(
        {
            "observed": [
                start + timedelta(days=day, hours=hour) for day in range(days) for hour in (12, 18)
            ],
            "temp": np.repeat(40 + 30 * np.sin(np.arange(days) / 120), 2)
            + draw.normal(0, 5, 2 * days),
            "sky": draw.choice(["clear", "rain"], 2 * days),
        }
    ).filter(pl.col("observed").dt.month() <= months)


def report(rows, spec=WEATHER):
    return {"weather": {"rows": rows.height, "months": profile(rows, spec)}}


def found(rows, limits=LIMITS, before=4):
    return changes(report(table(before)), report(rows), limits)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temp": pl.lit(None, pl.Float64)}, "share of temp that is missing 0 before, 1 now"),
        ({"temp": CELSIUS}, "mean of temp"),
        ({"temp": pl.when(NEW).then(CELSIUS).otherwise("temp")}, "mean of temp"),
        ({"observed": pl.col("observed").dt.offset_by("-5h")}, "mean hour of observed 15 before"),
        (
            {"sky": pl.when(NEW).then(pl.col("sky").str.to_uppercase()).otherwise("sky")},
            "share of new values of sky, such as ",
        ),
    ],
    ids=["all missing", "celsius", "new month in celsius", "local time", "other names"],
)
def test_a_column_that_changed_stops_with_both_figures(change, said):
    (first, *_) = found(table().with_columns(**change))
    assert first.stops
    assert str(first).startswith(f"weather: {said}")
    assert " before, " in str(first)


def hourly(months, hours=0):
    """Warmest at 19 o'clock, in whichever month; the sky has no daily rhythm."""
    start, number = datetime(2026, 1, 1), 24 * 30 * months
    draw = np.random.default_rng(1)
    moment = [start + timedelta(hours=hour) for hour in range(number)]
    daily = 5 * np.cos((np.arange(number) - 19) / 24 * 2 * np.pi)
    rows = pl.DataFrame(
        {
            "observed": moment,
            "temp": daily + draw.normal(0, 5, number),
            "wind": draw.normal(0, 5, number),
        }
    )
    moved = pl.when(NEW).then(pl.col("observed").dt.offset_by(f"{hours}h")).otherwise("observed")
    return rows.filter(pl.col("observed").dt.month() <= months).with_columns(observed=moved)


@pytest.mark.parametrize("hours", [-5, 8])
def test_hourly_rows_in_local_time_stop_by_the_hour_of_their_daily_peak(hours):
    now = hourly(5, hours).filter(~NEW | (pl.col("observed") >= datetime(2026, 5, 2)))
    (first, *_) = changes(report(hourly(4)), report(now), LIMITS)
    assert (first.stops, first.what) == (True, "hour at which temp peaks")
    assert changes(report(hourly(4)), report(hourly(5)), LIMITS) == []


def test_a_daily_peak_is_known_for_what_has_one_and_is_next_to_midnight_too():
    (month,) = profile(hourly(1), WEATHER).values()
    assert month["columns"]["temp"]["peak"] == pytest.approx(19, abs=0.5)
    assert "peak" not in month["columns"]["wind"]
    before, now = ({"columns": {"x": {"missing": 0, "peak": hour}}, "rows": 1} for hour in (23, 1))
    said = changes(
        {"t": {"rows": 1, "months": {"all": before}}},
        {"t": {"rows": 1, "months": {"all": now}}},
        LIMITS,
    )
    assert [str(each) for each in said] == ["t: hour at which x peaks -1 before, 1 now"]


def test_a_table_without_rows_stops():
    (change,) = found(table()[:0])
    assert (change.stops, str(change)) == (True, "weather: rows 240 before, none now")


def test_a_table_that_is_gone_stops():
    (change,) = changes(report(table()), {}, LIMITS)
    assert change.stops


def test_other_numbers_of_rows_per_day_stop():
    rows = table()
    (change, *_) = found(pl.concat([rows, rows.filter(NEW), rows.filter(NEW)]))
    assert (change.what, change.before, change.now) == ("rows per day", "2", "6")


def test_a_month_that_has_just_begun_is_not_compared():
    rows = table().with_columns(temp=pl.when(NEW).then(CELSIUS).otherwise("temp"))
    assert found(rows.filter(~NEW | (pl.col("observed").dt.day() < 5))) == []
    assert found(rows.filter(~NEW | (pl.col("observed").dt.day() < 6))) != []


def test_the_same_tables_and_a_usual_month_are_quiet():
    assert found(table(4)) == []
    assert [change for change in found(table(5)) if change.stops] == []


def test_a_limit_of_null_is_not_asked_and_one_without_stop_only_warns():
    rows = table().with_columns(temp=CELSIUS)
    none = LIMITS.model_copy(update={"mean": None, "range": None})
    assert found(rows, none) == []
    warn = LIMITS.model_copy(update={"mean": Limit(warn=0.1)})
    assert {change.stops for change in found(rows, warn)} == {False}


def test_a_table_without_time_is_one_month():
    planes = table().drop("observed")
    spec = Table(name="planes", key=(), columns={})
    assert moment(planes, spec) is None
    assert list(profile(planes, spec)) == ["all"]


def test_a_report_of_an_older_version_has_no_months_and_says_nothing():
    assert changes({"weather": {"rows": 10}}, report(table()), LIMITS) == []


def test_a_number_in_the_key_counts_upwards_and_is_no_change():
    numbered = Table(name="weather", key=("number",), columns={}, known_at="observed")
    old, new = (report(table(months).with_row_index("number"), numbered) for months in (4, 5))
    assert not [each for each in changes(old, new, LIMITS) if "number" in each.what]
