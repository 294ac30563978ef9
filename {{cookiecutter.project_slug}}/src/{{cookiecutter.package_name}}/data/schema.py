"""The columns of every table, declared once: name, type, rule and meaning."""

from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

# The columns that travel beside the features: what a row is, when, and what came of it.
KEY, TIME, TARGET = "key", "departure", "target"

HOUR = 60  # minutes

AFTERWARDS = {"known": "after departure"}  # metadata of a column that no feature may read


@dataclass(frozen=True)
class Table:
    """A table's name, the columns that identify a row, and the rules of each column."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.Column]


def measured(
    low: float,
    high: float,
    description: str,
    *,
    kind: type[pl.DataType] = pl.Float64,
    metadata: dict[str, str] | None = None,
) -> pa.Column:
    """Return a column of numbers from `low` to `high` that may be missing."""
    rule = pa.Check.in_range(low, high)
    return pa.Column(kind, rule, nullable=True, description=description, metadata=metadata)


def text(description: str, *, pattern: str, nullable: bool = False) -> pa.Column:
    """Return a column of strings that match the regular expression `pattern`."""
    rule = pa.Check.str_matches(f"^{pattern}$")
    return pa.Column(pl.String, rule, nullable=nullable, description=description)


# The same in JSON Schema: one range an hour.
CLOCK = {"anyOf": [{"minimum": 100 * h, "maximum": 100 * h + HOUR - 1} for h in range(25)]}


def clock(description: str) -> pa.Column:
    """Return a column of local times written as the number HHMM."""
    minutes = pa.Check(
        lambda data: data.lazyframe.select(_on_the_clock(pl.col(data.key))),
        name="minutes_below_60",
        statistics={"holds": _on_the_clock, "schema": CLOCK},  # for the service
    )
    return pa.Column(pl.Int16, [pa.Check.in_range(0, 2400), minutes], description=description)


def _on_the_clock(time: Any) -> Any:
    return time % 100 < HOUR


FLIGHTS = Table(
    "flights",
    key=("time_hour", "carrier", "flight"),
    columns={
        "time_hour": pa.Column(pl.Datetime("us"), description="hour of scheduled departure, UTC"),
        "sched_dep_time": clock("scheduled departure, local, HHMM"),
        "sched_arr_time": clock("scheduled arrival, local at the destination, HHMM"),
        "dep_delay": measured(
            -120, 2880, "minutes; missing: cancelled", kind=pl.Int16, metadata=AFTERWARDS
        ),
        "arr_delay": measured(
            -180, 2880, "minutes; missing: cancelled, diverted", kind=pl.Int16, metadata=AFTERWARDS
        ),
        "carrier": text("airline, IATA code", pattern="[A-Z0-9]{2}"),
        "flight": pa.Column(pl.Int16, pa.Check.ge(1), description="flight number"),
        "tailnum": text("registration of the aircraft", pattern=".+", nullable=True),
        "origin": text("airport, IATA code", pattern="[A-Z]{3}"),
        "dest": text("airport, IATA code", pattern="[A-Z]{3}"),
        "distance": pa.Column(pl.Int16, pa.Check.in_range(1, 12_000), description="miles"),
    },
)

WEATHER = Table(
    "weather",
    key=("origin", "time_hour"),
    columns={
        "origin": text("airport, IATA code", pattern="[A-Z]{3}"),
        "time_hour": pa.Column(pl.Datetime("us"), description="hour of observation, UTC"),
        "temp": measured(-60, 140, "°F"),
        "dewp": measured(-90, 100, "dew point, °F"),
        "humid": measured(0, 100, "relative humidity, %"),
        "wind_dir": measured(0, 360, "degrees", kind=pl.Int64),
        "wind_speed": measured(0, 200, "mph"),
        "wind_gust": measured(0, 300, "mph"),
        "precip": measured(0, 15, "inches in the hour"),
        "pressure": measured(850, 1100, "at sea level, hPa"),
        "visib": measured(0, 100, "visibility, miles"),
    },
)

PLANES = Table(
    "planes",
    key=("tailnum",),
    columns={
        "tailnum": text("registration", pattern=".+"),
        "year": measured(1903, 2100, "of manufacture", kind=pl.Int64),
        "manufacturer": text("as registered", pattern=".+", nullable=True),
        "engines": measured(1, 8, "number of engines", kind=pl.Int64),
        "seats": measured(1, 900, "number of seats", kind=pl.Int64),
    },
)

# What prediction takes: a flight, its aircraft and the weather that was known; not the outcome.
EXAMPLES = Table(
    "examples",
    key=(KEY,),
    columns={
        KEY: text("the flight, as in UA1545-EWR-20130101T1015", pattern=".+"),
        TIME: pa.Column(pl.Datetime("us"), description="scheduled departure, UTC"),
        **{
            name: FLIGHTS.columns[name]
            for name in ("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest")
        },
        "distance": FLIGHTS.columns["distance"],
        "built": PLANES.columns["year"],
        **{name: PLANES.columns[name] for name in ("manufacturer", "engines", "seats")},
        **{name: rule for name, rule in WEATHER.columns.items() if name not in WEATHER.key},
    },
)

# One row of it, as JSON: what the documentation of the service shows.
EXAMPLE = {
    KEY: "UA1545-EWR-20130101T1015",
    TIME: "2013-01-01T10:15:00Z",
    "sched_dep_time": 515,
    "sched_arr_time": 819,
    "carrier": "UA",
    "origin": "EWR",
    "dest": "IAH",
    "distance": 1400,
    "built": 1999,
    "manufacturer": "BOEING",
    "engines": 2,
    "seats": 149,
    "temp": 39.02,
    "dewp": 28.04,
    "humid": 64.43,
    "wind_dir": 260,
    "wind_speed": 12.66,
    "wind_gust": None,
    "precip": 0.0,
    "pressure": 1011.9,
    "visib": 10.0,
}
