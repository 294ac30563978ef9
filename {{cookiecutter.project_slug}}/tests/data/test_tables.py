from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from {{cookiecutter.package_name}}.data import flights as flights_module
from {{cookiecutter.package_name}}.data import planes as planes_module
from {{cookiecutter.package_name}}.data import weather as weather_module


def test_a_flight_departs_at_its_minute_of_the_hour(flights):
    clean = flights_module.flights(flights)
    assert clean["departure"].to_list()[0] == datetime(2013, 6, 1, 10, 15)
    assert clean["key"].to_list()[0] == "UA1545-EWR-20130601T1015"


@given(st.permutations(range(3)))
def test_the_order_of_the_rows_does_not_matter(order):
    rows = pl.DataFrame(
        {
            "time_hour": [datetime(2013, 1, 1, hour) for hour in (1, 1, 2)],
            "sched_dep_time": [30, 5, 0],
            "carrier": ["UA", "AA", "UA"],
            "flight": [1, 2, 1],
            "origin": ["EWR", "JFK", "EWR"],
        }
    )
    assert flights_module.flights(rows[list(order)]).equals(flights_module.flights(rows))


def test_weather_calls_its_hour_observed(weather):
    clean = weather_module.weather(weather[::-1])
    assert clean.equals(weather.rename({"time_hour": "observed"}))


def test_the_spellings_of_a_manufacturer_become_one(planes):
    assert planes_module.planes(planes)["manufacturer"].to_list() == ["AIRBUS", "BOEING", "CESSNA"]


@given(st.text(alphabet="ABC aé", max_size=5))
def test_cleaning_a_manufacturer_twice_changes_nothing_more(name):
    rows = pl.DataFrame({"tailnum": ["N1"], "year": [2000], "manufacturer": [name]})
    once = planes_module.planes(rows)
    assert planes_module.planes(once.rename({"built": "year"})).equals(once)
