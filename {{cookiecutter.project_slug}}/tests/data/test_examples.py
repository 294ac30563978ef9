import polars as pl
import pytest

from {{cookiecutter.package_name}}.data import border, schema
from {{cookiecutter.package_name}}.data import examples as joined
from {{cookiecutter.package_name}}.data import flights as flights_module
from {{cookiecutter.package_name}}.data import planes as planes_module
from {{cookiecutter.package_name}}.data import weather as weather_module


def examples(flights, weather, planes, *, late_after=15.0, horizon_hours=1.0):
    return joined.examples(
        flights_module.flights(flights).lazy(),
        weather_module.weather(weather).lazy(),
        planes_module.planes(planes).lazy(),
        late_after=late_after,
        horizon_hours=horizon_hours,
        max_weather_age_hours=6.0,
    ).collect()


def test_late_means_more_than_the_given_minutes(flights, weather, planes):
    assert examples(flights, weather, planes)["target"].to_list() == [0.0, 1.0]
    assert examples(flights, weather, planes, late_after=31.0)["target"].to_list() == [0.0, 0.0]


def test_without_a_limit_the_delay_is_the_target(flights, weather, planes):
    assert examples(flights, weather, planes, late_after=None)["target"].to_list() == [11.0, 31.0]


def test_a_cancelled_flight_is_no_example(flights, weather, planes):
    assert examples(flights, weather, planes).height == flights["arr_delay"].count()


def test_only_weather_that_was_known_is_used(flights, weather, planes):
    # departure 10:15: one hour before, the newest observation is that of 8:00
    assert examples(flights, weather, planes)["temp"].to_list()[0] == 60.1
    assert examples(flights, weather, planes, horizon_hours=0.25)["temp"].to_list()[0] == 62.1


def test_what_happens_after_the_horizon_changes_nothing(flights, weather, planes):
    later = pl.col("time_hour") >= pl.datetime(2013, 6, 1, 9, 16)
    changed = weather.with_columns(temp=pl.when(later).then(0.0).otherwise("temp"))
    before, after = (examples(flights, table, planes) for table in (weather, changed))
    assert before[:1].equals(after[:1])


def test_old_weather_counts_as_missing(flights, weather, planes):
    old = weather.with_columns(pl.col("time_hour") - pl.duration(days=1))
    assert examples(flights, old, planes)["temp"].to_list() == [None, None]


def test_an_unknown_aircraft_is_missing_and_the_flight_stays(flights, weather, planes):
    assert examples(flights, weather, planes[1:])["seats"].to_list() == [None, 149]


def test_examples_have_the_columns_that_prediction_takes(flights, weather, planes):
    table = examples(flights, weather, planes)
    assert dict(table.drop("target").schema) == border.types(schema.EXAMPLES)


@pytest.mark.parametrize("column", ["dep_delay", "arr_delay"])
def test_what_is_known_after_departure_is_not_in_the_table(column, flights, weather, planes):
    assert column not in examples(flights, weather, planes).columns
