import polars as pl
import pytest

from {{cookiecutter.package_name}}.data.flights import flights
from {{cookiecutter.package_name}}.data.planes import planes
from {{cookiecutter.package_name}}.data.rows import rows
from {{cookiecutter.package_name}}.data.target import target
from {{cookiecutter.package_name}}.data.weather import weather
from {{cookiecutter.package_name}}.params import Rows

PARAMS = {"late_after": 15.0, "horizon_hours": 1.0, "max_weather_age_hours": 6.0}


@pytest.fixture
def join(raw_flights, raw_weather, raw_planes):
    """Return a function that joins the tables; its arguments replace a table or a parameter."""

    def joined(
        *, raw_flights=raw_flights, raw_weather=raw_weather, raw_planes=raw_planes, **changed
    ):
        return rows(
            flights=flights(raw_flights).lazy(),
            weather=weather(raw_weather).lazy(),
            planes=planes(raw_planes).lazy(),
            params=Rows(**PARAMS | changed),
        ).collect()

    return joined


def labels(raw_flights, **changed):
    clean = flights(raw_flights).lazy()
    return target(flights=clean, params=Rows(**PARAMS | changed)).collect()["target"].to_list()


def test_late_means_more_than_the_given_minutes(raw_flights):
    assert labels(raw_flights) == [0.0, 1.0]
    assert labels(raw_flights, late_after=31.0) == [0.0, 0.0]


def test_without_a_limit_the_delay_is_the_target(raw_flights):
    assert labels(raw_flights, late_after=None) == [11.0, 31.0]


def test_a_cancelled_flight_is_a_row_without_a_label(raw_flights, join):
    assert join().height == raw_flights.height
    assert len(labels(raw_flights)) == raw_flights["arr_delay"].count()


def test_only_weather_that_was_known_is_used(join):
    # departure 10:15: one hour before, the newest observation is that of 8:00
    assert join()["temp"][0] == 60.1
    assert join(horizon_hours=0.25)["temp"][0] == 62.1


def test_what_happens_after_the_horizon_changes_nothing(raw_weather, join):
    later = pl.col("time_hour") >= pl.datetime(2013, 6, 1, 9, 16)
    changed = raw_weather.with_columns(temp=pl.when(later).then(0.0).otherwise("temp"))
    assert join(raw_weather=changed)[:1].equals(join()[:1])


def test_the_outcome_of_a_flight_is_not_part_of_its_row(raw_flights, join):
    unknown = raw_flights.with_columns(dep_delay=pl.lit(None, pl.Int16))
    assert join(raw_flights=unknown)[0].equals(join()[0])


def test_old_weather_counts_as_missing(raw_weather, join):
    old = raw_weather.with_columns(pl.col("time_hour") - pl.duration(days=1))
    assert join(raw_weather=old)["temp"].to_list() == [None, None, None]


def test_an_unknown_aircraft_is_missing_and_the_flight_stays(raw_planes, join):
    assert join(raw_planes=raw_planes[1:])["seats"].to_list() == [None, 149, None]
