"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

from datetime import timedelta

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import KEY, Parts, Row, Table, clock, measured, text

TIME = "departure"  # the moment of a row

FLIGHTS = Table(
    name="flights",
    key=("time_hour", "carrier", "flight"),
    columns={
        "time_hour": pa.Column(pl.Datetime("us"), description="hour of scheduled departure, UTC"),
        "sched_dep_time": clock("scheduled departure, local, HHMM"),
        "sched_arr_time": clock("scheduled arrival, local at the destination, HHMM"),
        "dep_delay": measured(-120, 2880, "minutes; missing: cancelled", kind=pl.Int16),
        "arr_delay": measured(-180, 2880, "minutes; missing: cancelled, diverted", kind=pl.Int16),
        "carrier": text("airline, IATA code", pattern="[A-Z0-9]{2}"),
        "flight": pa.Column(pl.Int16, pa.Check.ge(1), description="flight number"),
        "tailnum": text("registration of the aircraft", pattern=".+", nullable=True),
        "origin": text("airport, IATA code", pattern="[A-Z]{3}"),
        "dest": text("airport, IATA code", pattern="[A-Z]{3}"),
        "distance": pa.Column(pl.Int16, pa.Check.in_range(1, 12_000), description="miles"),
    },
    known_after={"dep_delay": "departed", "arr_delay": "landed"},  # the schedule is always known
    # For Spark: an hour ahead and a day of history, of flights that left up to two days late.
    parts=Parts(time=TIME, overlap=timedelta(days=4)),
)

WEATHER = Table(
    name="weather",
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
    known_at="observed",
    parts=Parts(time="observed", overlap=timedelta(days=1)),
    relations={"the dew point is at most the temperature": pl.col("dewp") <= pl.col("temp")},
)

PLANES = Table(
    name="planes",
    key=("tailnum",),
    columns={
        "tailnum": text("registration", pattern=".+"),
        "year": measured(1903, 2100, "of manufacture", kind=pl.Int64),
        "manufacturer": text("as registered", pattern=".+", nullable=True),
        "engines": measured(1, 8, "number of engines", kind=pl.Int64),
        "seats": measured(1, 900, "number of seats", kind=pl.Int64),
    },
)

TABLES = (FLIGHTS, WEATHER, PLANES)

# What history.py counts: departures from the origin, of the carrier there, to the destination.
HISTORY = {
    f"{name}_{what}": rule
    for name in ("origin", "carrier", "dest")
    for what, rule in {
        "departures": measured(0, 100_000, "recent departures", kind=pl.Int64),
        "delay": measured(-120, 2880, "their mean delay, minutes"),
        "late": measured(0, 1, "share of them that left more than 15 minutes late"),
    }.items()
}

# The humidity that follows from temperature and dew point in °F, in % (Magnus). Both in °C can stay
# within their ranges, but then they no longer fit the humidity.
VAPOR = [(17.6 * (pl.col(x) - 32) / (pl.col(x) + 405)).exp() for x in ("dewp", "temp")]
RELATIVE_HUMIDITY = 100 * VAPOR[0] / VAPOR[1]

# The input of a prediction: a flight, its aircraft, what is known of the flights before it, and the
# weather known then; not the outcome.
ROW = Row(
    time=TIME,
    columns={
        KEY: text("the flight, as in UA1461-EWR-20130108T1700", pattern=".+"),
        TIME: pa.Column(pl.Datetime("us"), description="scheduled departure, UTC"),
        **{
            name: FLIGHTS.columns[name]
            for name in ("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest")
        },
        "distance": FLIGHTS.columns["distance"],
        "built": PLANES.columns["year"],
        **{name: PLANES.columns[name] for name in ("manufacturer", "engines", "seats")},
        **HISTORY,
        "aircraft_delay": measured(-120, 2880, "of its last departure, minutes", kind=pl.Int16),
        **{name: rule for name, rule in WEATHER.columns.items() if name not in WEATHER.key},
    },
    relations=WEATHER.relations,
    watched={"humidity residual": ((pl.col("humid") - RELATIVE_HUMIDITY) / 10).round()},
    example={
        KEY: "UA1461-EWR-20130108T1700",
        TIME: "2013-01-08T17:00:00Z",
        "sched_dep_time": 1200,
        "sched_arr_time": 1459,
        "carrier": "UA",
        "origin": "EWR",
        "dest": "IAH",
        "distance": 1400,
        "built": 2008,
        "manufacturer": "BOEING",
        "engines": 2,
        "seats": 149,
        "origin_departures": 32,
        "origin_delay": 2.84,
        "origin_late": 0.094,
        "carrier_departures": 30,
        "carrier_delay": 0.73,
        "carrier_late": 0.033,
        "dest_departures": 9,
        "dest_delay": -0.56,
        "dest_late": 0.0,
        "aircraft_delay": -1,
        "temp": 46.04,
        "dewp": 30.02,
        "humid": 53.33,
        "wind_dir": 230,
        "wind_speed": 10.36,
        "wind_gust": None,
        "precip": 0.0,
        "pressure": 1028.2,
        "visib": 10.0,
    },
)
