"""Your tables and the columns of a row, declared once: name, type, rule and meaning."""

import pandera.polars as pa
import polars as pl

from ..machinery.data.table import AFTERWARDS, KEY, Row, Table, measured, text

KNOWN = {
    "Größe in m²": measured(5, 1_000, "of the flat"),
    "Zimmer": measured(1, 20, "rooms", kind=pl.Int64),
    "Straße": text("where it is"),
    "Bezug möglich ab": pa.Column(pl.Datetime("us"), description="free from this day on"),
}

FLATS = Table(
    name="flats",
    key=("Objekt Nr.",),
    columns={
        "Objekt Nr.": text("number of the flat, with leading zeros"),
        **KNOWN,
        "Verkauf": text(
            "how it sold",
            pattern="(zügig|zögerlich|gar nicht)",
            nullable=True,
            metadata=AFTERWARDS,
        ),
    },
)

TABLES = (FLATS,)

ROW = Row(
    columns={KEY: text("the flat, as in F00017"), **KNOWN},
    example={
        KEY: "F00017",
        "Größe in m²": 61.5,
        "Zimmer": 2,
        "Straße": "Am Bächle",
        "Bezug möglich ab": "2025-05-01T00:00:00Z",
    },
)
