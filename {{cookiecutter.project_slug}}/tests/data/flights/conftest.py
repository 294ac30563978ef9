"""Three rows of each table, written by hand; each test changes the values that it needs."""

from io import StringIO

import polars as pl
import pytest

from {{cookiecutter.package_name}}.data.schema import FLIGHTS, PLANES, WEATHER
from {{cookiecutter.package_name}}.machinery.data.table import Table, types

FLIGHT_ROWS = """\
time_hour,sched_dep_time,sched_arr_time,dep_delay,arr_delay,carrier,flight,tailnum,origin,dest,distance
2013-06-01T10:00:00,615,905,2,11,UA,1545,N1,EWR,IAH,1400
2013-06-01T22:00:00,1830,2140,40,31,AA,1141,N2,JFK,MIA,1089
2013-06-02T03:00:00,2359,340,,,B6,725,,JFK,BQN,1576
"""
WEATHER_ROWS = """\
origin,time_hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib
EWR,2013-06-01T08:00:00,60.1,55.0,80.5,270,10.4,,0.0,1012.0,10.0
EWR,2013-06-01T10:00:00,62.1,55.9,79.5,280,12.7,20.7,0.1,1011.5,6.0
JFK,2013-06-01T20:00:00,70.0,61.0,70.0,200,9.2,,0.0,,10.0
"""
PLANE_ROWS = """\
tailnum,year,manufacturer,engines,seats
N1,1999,Airbus Industrie,2,182
N2,,BOEING,2,149
N3,2013,CESSNA,1,4
"""


def read(text: str, table: Table) -> pl.DataFrame:
    """Read the columns of `table` from a CSV text, with their types."""
    return pl.read_csv(StringIO(text), schema=pl.Schema(types(table)))


@pytest.fixture
def raw_flights() -> pl.DataFrame:
    """Two flights that were flown, and one that was cancelled."""
    return read(FLIGHT_ROWS, FLIGHTS)


@pytest.fixture
def raw_weather() -> pl.DataFrame:
    """Two hours at EWR, one at JFK."""
    return read(WEATHER_ROWS, WEATHER)


@pytest.fixture
def raw_planes() -> pl.DataFrame:
    """The aircraft of the two flights that were flown, and another."""
    return read(PLANE_ROWS, PLANES)
