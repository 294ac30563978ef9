from datetime import datetime, timedelta

import polars as pl
import pytest

from {{cookiecutter.package_name}}.data.history import history

NOON = datetime(2013, 6, 1, 12)


def flown(hour, delay, **changed):
    """Return a flight that was planned for `hour`, and left `delay` minutes later."""
    departure = NOON + timedelta(hours=hour - 12)
    left = None if delay is None else departure + timedelta(minutes=delay)
    same = {"tailnum": "N1", "origin": "EWR", "carrier": "UA", "dest": "IAH"}
    known = {"predicted_at": departure - timedelta(hours=1), "departed": left}
    return {"key": f"at {hour}", "dep_delay": delay, **known, **same, **changed}


def at_noon(*earlier):
    """Return what is known at 11:00 of the flight that is planned for noon, all others given."""
    schema = {"departed": pl.Datetime("us"), "dep_delay": pl.Int16}
    rows = pl.LazyFrame([*earlier, flown(12, None)], schema_overrides=schema)
    return history(rows).filter(key="at 12").collect().row(0, named=True)


def test_the_last_two_hours_at_the_origin_are_counted():
    known = at_noon(flown(8, 90), flown(9.25, 10), flown(10, 20), flown(9.5, 5, origin="JFK"))
    assert known["origin_departures"] == 3  # the flight planned for 8:00 left at 9:30
    assert known["origin_delay"] == pytest.approx(40)
    assert known["origin_late"] == pytest.approx(2 / 3)


def test_only_what_left_before_the_moment_of_the_prediction_counts():
    assert at_noon(flown(10.5, 30))["origin_departures"] == 1  # left at 11:00
    assert at_noon(flown(10.5, 31))["origin_departures"] == 0
    assert at_noon(flown(13, 0))["aircraft_delay"] is None


def test_a_delay_leaves_its_window_again():
    known = at_noon(flown(7.5, 15), flown(5.25, 0))
    assert (known["origin_departures"], known["carrier_departures"]) == (0, 1)
    assert known["dest_departures"] == 2


def test_without_a_recent_departure_there_is_no_mean():
    known = at_noon(flown(10, None))
    assert known["origin_departures"] == 0
    assert (known["origin_delay"], known["origin_late"]) == (None, None)


def test_the_last_delay_of_the_aircraft_counts_for_a_day():
    assert at_noon(flown(8, 7), flown(9, 50), flown(10, 5, tailnum="N2"))["aircraft_delay"] == 50
    assert at_noon(flown(-14, 7))["aircraft_delay"] is None


def test_flights_without_a_known_aircraft_share_nothing():
    rows = [flown(8, 7, tailnum=None), flown(12, None, tailnum=None)]
    last = history(pl.LazyFrame(rows, infer_schema_length=None)).collect()
    assert last["aircraft_delay"].to_list() == [None, None]
