"""The table of parcels and the columns of a row."""

import pandera.polars as pa
import polars as pl

from machinery.data.table import AFTERWARDS, KEY, Row, Table, measured, text

TIME = "sent"

PARCELS = Table(
    name="parcels",
    key=("number",),
    columns={
        "number": pa.Column(pl.Int64, pa.Check.ge(0), description="of the parcel"),
        TIME: pa.Column(pl.Datetime("us"), description="handed in, UTC"),
        "carrier": text("who brings it", pattern="[a-z]+"),
        "weight": measured(0, 100, "kilograms"),
        "stops": measured(0, 40, "on its way", kind=pl.Int64),
        "days": measured(0, 60, "until it arrived", metadata=AFTERWARDS),
    },
)

TABLES = (PARCELS,)

ROW = Row(
    time=TIME,
    columns={
        KEY: text("the parcel, as in P17"),
        **{name: PARCELS.columns[name] for name in (TIME, "carrier", "weight", "stops")},
    },
    example={
        KEY: "P17",
        TIME: "2026-03-02T10:15:00Z",
        "carrier": "north",
        "weight": 2.5,
        "stops": 3,
    },
)
