"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import AFTERWARDS, KEY, Row, Table, measured, text

KNOWN = {
    "shipped": pa.Column(pl.Datetime("us"), description="when it left, UTC"),
    "carrier": text("who carries it", pattern="(north|south|west)"),
    "distance": measured(1, 2_000, "kilometres", kind=pl.Int64),
    "weight": measured(0, 100, "kilogrammes"),
}

PARCELS = Table(
    name="parcels",
    key=("parcel",),
    columns={
        "parcel": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the parcel"),
        **KNOWN,
        "days": pa.Column(
            pl.Float64, pa.Check.ge(0), description="until it came", metadata=AFTERWARDS
        ),
    },
)

TABLES = (PARCELS,)

ROW = Row(
    time="shipped",
    columns={KEY: text("the parcel, as in P17"), **KNOWN},
    example={
        KEY: "P17",
        "shipped": "2024-05-03T10:00:00Z",
        "carrier": "west",
        "distance": 800,
        "weight": 2.5,
    },
)
