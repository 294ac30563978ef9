"""The columns of every table, declared once: name, type, rule and meaning."""

from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

# The columns that travel beside the features: what a row is, when (if it has a time), what came
# of it.
KEY, TIME, TARGET = "key", "shipped", "target"

AFTERWARDS = {"known": "afterwards"}  # metadata of a column that no feature may read


@dataclass(frozen=True)
class Table:
    """A table's name, the columns that identify a row, and the rules of each column."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.Column]


def measured(low: float, high: float, description: str, *, kind: Any = pl.Float64) -> pa.Column:
    """Return a column of numbers from `low` to `high` that may be missing."""
    return pa.Column(kind, pa.Check.in_range(low, high), nullable=True, description=description)


def text(description: str, *, pattern: str = ".+", nullable: bool = False) -> pa.Column:
    """Return a column of strings that match the regular expression `pattern`."""
    rule = pa.Check.str_matches(f"^{pattern}$")
    return pa.Column(pl.String, rule, nullable=nullable, description=description)


KNOWN = {
    "shipped": pa.Column(pl.Datetime("us"), description="when it left, UTC"),
    "carrier": text("who carries it", pattern="(north|south|west)"),
    "distance": measured(1, 2_000, "kilometres", kind=pl.Int64),
    "weight": measured(0, 100, "kilogrammes"),
}

# The external table, as it comes.
SOURCE = Table(
    "parcels",
    key=("parcel",),
    columns={
        "parcel": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the parcel"),
        **KNOWN,
        "days": pa.Column(
            pl.Float64, pa.Check.ge(0), description="until it came", metadata=AFTERWARDS
        ),
    },
)

# What prediction takes: all that was known when the answer is asked for; not the outcome.
EXAMPLES = Table("examples", key=(KEY,), columns={KEY: text("the parcel, as in P17"), **KNOWN})

# One row of it, as JSON: what the documentation of the service shows.
EXAMPLE = {
    KEY: "P17",
    "shipped": "2024-05-03T10:00:00Z",
    "carrier": "west",
    "distance": 800,
    "weight": 2.5,
}
