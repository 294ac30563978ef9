"""The columns of every table, declared once: name, type, rule and meaning."""

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

# The columns that travel beside the features: what a row is, when, and what came of it.
KEY, TIME, TARGET = "key", "departure", "target"

AFTERWARDS = {"known": "after departure"}  # metadata of a column that no feature may read


@dataclass(frozen=True)
class Table:
    """A table's name, the columns that identify a row, and the rules of each column."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.Column]


def clock() -> list[pa.Check]:
    """Rules of a local time written as the number HHMM."""
    minutes = pa.Check(
        lambda data: data.lazyframe.select(pl.col(data.key) % 100 < 60), name="minutes_below_60"
    )
    return [pa.Check.in_range(0, 2400), minutes]


def airport() -> pa.Check:
    """Rule of an airport's IATA code."""
    return pa.Check.str_matches("^[A-Z]{3}$")


FLIGHTS = Table(
    "flights",
    key=("time_hour", "carrier", "flight"),
    columns={
        "time_hour": pa.Column(pl.Datetime("us"), description="hour of scheduled departure, UTC"),
        "sched_dep_time": pa.Column(pl.Int16, clock(), description="local, HHMM"),
        "sched_arr_time": pa.Column(pl.Int16, clock(), description="local at dest, HHMM"),
        "dep_delay": pa.Column(
            pl.Int16, pa.Check.in_range(-120, 2880), nullable=True, metadata=AFTERWARDS,
            description="minutes; missing: cancelled",
        ),
        "arr_delay": pa.Column(
            pl.Int16, pa.Check.in_range(-180, 2880), nullable=True, metadata=AFTERWARDS,
            description="minutes; missing: cancelled or diverted",
        ),
        "carrier": pa.Column(pl.String, pa.Check.str_matches("^[A-Z0-9]{2}$"), description="IATA code"),
        "flight": pa.Column(pl.Int16, pa.Check.ge(1), description="flight number"),
        "tailnum": pa.Column(pl.String, nullable=True, description="registration of the aircraft"),
        "origin": pa.Column(pl.String, airport(), description="airport, IATA code"),
        "dest": pa.Column(pl.String, airport(), description="airport, IATA code"),
        "distance": pa.Column(pl.Int16, pa.Check.in_range(1, 12_000), description="miles"),
    },
)

WEATHER = Table(
    "weather",
    key=("origin", "time_hour"),
    columns={
        "origin": pa.Column(pl.String, airport(), description="airport, IATA code"),
        "time_hour": pa.Column(pl.Datetime("us"), description="hour of observation, UTC"),
        "temp": pa.Column(pl.Float64, pa.Check.in_range(-60, 140), nullable=True, description="°F"),
        "dewp": pa.Column(pl.Float64, pa.Check.in_range(-90, 100), nullable=True, description="dew point, °F"),
        "humid": pa.Column(pl.Float64, pa.Check.in_range(0, 100), nullable=True, description="relative, %"),
        "wind_dir": pa.Column(pl.Int64, pa.Check.in_range(0, 360), nullable=True, description="degrees"),
        "wind_speed": pa.Column(pl.Float64, pa.Check.in_range(0, 200), nullable=True, description="mph"),
        "wind_gust": pa.Column(pl.Float64, pa.Check.in_range(0, 300), nullable=True, description="mph"),
        "precip": pa.Column(pl.Float64, pa.Check.in_range(0, 15), nullable=True, description="inches an hour"),
        "pressure": pa.Column(pl.Float64, pa.Check.in_range(850, 1100), nullable=True, description="at sea level, hPa"),
        "visib": pa.Column(pl.Float64, pa.Check.in_range(0, 100), nullable=True, description="visibility, miles"),
    },
)

PLANES = Table(
    "planes",
    key=("tailnum",),
    columns={
        "tailnum": pa.Column(pl.String, description="registration"),
        "year": pa.Column(pl.Int64, pa.Check.in_range(1903, 2100), nullable=True, description="of manufacture"),
        "manufacturer": pa.Column(pl.String, nullable=True, description="as registered"),
        "engines": pa.Column(pl.Int64, pa.Check.in_range(1, 8), nullable=True, description="number"),
        "seats": pa.Column(pl.Int64, pa.Check.in_range(1, 900), nullable=True, description="number"),
    },
)

# What prediction takes: a flight, its aircraft and the weather that was known, without the outcome.
EXAMPLES = Table(
    "examples",
    key=(KEY,),
    columns={
        KEY: pa.Column(pl.String, description="identifies the flight: UA1545-EWR-20130101T1015"),
        TIME: pa.Column(pl.Datetime("us"), description="scheduled departure, UTC"),
        **{
            name: FLIGHTS.columns[name]
            for name in ("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance")
        },
        "built": PLANES.columns["year"],
        **{name: PLANES.columns[name] for name in ("manufacturer", "engines", "seats")},
        **{name: rule for name, rule in WEATHER.columns.items() if name not in WEATHER.key},
    },
)
