from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from {{cookiecutter.package_name}}.data.flights import flights
from {{cookiecutter.package_name}}.data.planes import planes
from {{cookiecutter.package_name}}.data.weather import weather


def test_a_flight_departs_at_its_minute_of_the_hour(raw_flights):
    clean = flights(raw_flights)
    assert clean["departure"].to_list()[0] == datetime(2013, 6, 1, 10, 15)
    assert clean["key"].to_list()[0] == "UA1545-EWR-20130601T1015"


def test_a_delay_is_known_when_the_flight_has_departed(raw_flights):
    departed = flights(raw_flights)["departed"].to_list()
    assert departed == [datetime(2013, 6, 1, 10, 17), datetime(2013, 6, 1, 23, 10), None]


@given(st.permutations(range(3)))
def test_the_order_of_the_rows_does_not_matter(order):
    rows = pl.DataFrame(
        {
            "time_hour": [datetime(2013, 1, 1, hour) for hour in (1, 1, 2)],
            "sched_dep_time": [30, 5, 0],
            "carrier": ["UA", "AA", "UA"],
            "flight": [1, 2, 1],
            "origin": ["EWR", "JFK", "EWR"],
            "dep_delay": [10, None, 0],
            "arr_delay": [5, None, None],
        }
    )
    assert flights(rows[list(order)]).equals(flights(rows))


def test_weather_calls_its_hour_observed(raw_weather):
    clean = weather(raw_weather[::-1])
    assert clean.equals(raw_weather.rename({"time_hour": "observed"}))


def test_the_spellings_of_a_manufacturer_become_one(raw_planes):
    assert planes(raw_planes)["manufacturer"].to_list() == ["AIRBUS", "BOEING", "CESSNA"]


@given(st.text(alphabet="ABC aé", max_size=5))
def test_cleaning_a_manufacturer_twice_changes_nothing_more(name):
    rows = pl.DataFrame({"tailnum": ["N1"], "year": [2000], "manufacturer": [name]})
    once = planes(rows)
    assert planes(once.rename({"built": "year"})).equals(once)
