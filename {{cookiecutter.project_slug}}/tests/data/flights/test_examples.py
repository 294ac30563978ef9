import polars as pl
import pytest

from {{cookiecutter.package_name}}.data import border
from {{cookiecutter.package_name}}.data.examples import examples
from {{cookiecutter.package_name}}.data.flights import flights
from {{cookiecutter.package_name}}.data.planes import planes
from {{cookiecutter.package_name}}.data.schema import EXAMPLES
from {{cookiecutter.package_name}}.data.weather import weather


def join(raw_flights, raw_weather, raw_planes, *, late_after=15.0, horizon_hours=1.0):
    return examples(
        flights(raw_flights).lazy(),
        weather(raw_weather).lazy(),
        planes(raw_planes).lazy(),
        late_after=late_after,
        horizon_hours=horizon_hours,
        max_weather_age_hours=6.0,
    ).collect()


def test_late_means_more_than_the_given_minutes(raw_flights, raw_weather, raw_planes):
    assert join(raw_flights, raw_weather, raw_planes)["target"].to_list() == [0.0, 1.0]
    assert join(raw_flights, raw_weather, raw_planes, late_after=31.0)["target"].to_list() == [
        0.0,
        0.0,
    ]


def test_without_a_limit_the_delay_is_the_target(raw_flights, raw_weather, raw_planes):
    assert join(raw_flights, raw_weather, raw_planes, late_after=None)["target"].to_list() == [
        11.0,
        31.0,
    ]


def test_a_cancelled_flight_is_no_example(raw_flights, raw_weather, raw_planes):
    assert join(raw_flights, raw_weather, raw_planes).height == raw_flights["arr_delay"].count()


def test_only_weather_that_was_known_is_used(raw_flights, raw_weather, raw_planes):
    # departure 10:15: one hour before, the newest observation is that of 8:00
    assert join(raw_flights, raw_weather, raw_planes)["temp"].to_list()[0] == 60.1
    assert (
        join(raw_flights, raw_weather, raw_planes, horizon_hours=0.25)["temp"].to_list()[0] == 62.1
    )


def test_what_happens_after_the_horizon_changes_nothing(raw_flights, raw_weather, raw_planes):
    later = pl.col("time_hour") >= pl.datetime(2013, 6, 1, 9, 16)
    changed = raw_weather.with_columns(temp=pl.when(later).then(0.0).otherwise("temp"))
    before, after = (join(raw_flights, table, raw_planes) for table in (raw_weather, changed))
    assert before[:1].equals(after[:1])


def test_old_weather_counts_as_missing(raw_flights, raw_weather, raw_planes):
    old = raw_weather.with_columns(pl.col("time_hour") - pl.duration(days=1))
    assert join(raw_flights, old, raw_planes)["temp"].to_list() == [None, None]


def test_an_unknown_aircraft_is_missing_and_the_flight_stays(raw_flights, raw_weather, raw_planes):
    assert join(raw_flights, raw_weather, raw_planes[1:])["seats"].to_list() == [None, 149]


def test_examples_have_the_columns_that_prediction_takes(raw_flights, raw_weather, raw_planes):
    table = join(raw_flights, raw_weather, raw_planes)
    assert dict(table.drop("target").schema) == border.types(EXAMPLES)


@pytest.mark.parametrize("column", ["dep_delay", "arr_delay"])
def test_what_is_known_after_departure_is_not_in_the_table(
    column, raw_flights, raw_weather, raw_planes
):
    assert column not in join(raw_flights, raw_weather, raw_planes).columns
