"""The columns of every table, declared once: name, type, rule and meaning."""

from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

# The columns that travel beside the features: what a row is, when (if it has a time), what came
# of it.
KEY, TIME, TARGET = "key", "time", "target"

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


# What is measured of a tumour, known when the answer is asked for.
MEASURES = {
    "radius": measured(0, 50, "mean distance from the centre to the edge of the nuclei"),
    "texture": measured(0, 100, "deviation of the grey values"),
    "perimeter": measured(0, 400, "of the nuclei"),
    "area": measured(0, 5000, "of the nuclei"),
    "smoothness": measured(0, 1, "local variation of the radius"),
    "compactness": measured(0, 1, "perimeter² / area - 1"),
    "concavity": measured(0, 1, "severity of the dents"),
    "concave_points": measured(0, 1, "share of the edge that is dented"),
    "symmetry": measured(0, 1, "of the nuclei"),
    "fractal_dimension": measured(0, 1, "of the edge"),
}

# The external table, as it comes.
SOURCE = Table(
    "tumours",
    key=("sample",),
    columns={
        "sample": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the sample"),
        **MEASURES,
        "malignant": pa.Column(
            pl.Int8, pa.Check.isin([0, 1]), description="the diagnosis", metadata=AFTERWARDS
        ),
    },
)

# What prediction takes: all that was known when the answer is asked for; not the outcome.
EXAMPLES = Table("examples", key=(KEY,), columns={KEY: text("the sample, as in S17"), **MEASURES})

# One row of it, as JSON: what the documentation of the service shows.
EXAMPLE = {
    KEY: "S17",
    "radius": 16.13,
    "texture": 20.68,
    "perimeter": 108.1,
    "area": 798.8,
    "smoothness": 0.117,
    "compactness": 0.2022,
    "concavity": 0.1722,
    "concave_points": 0.1028,
    "symmetry": 0.2164,
    "fractal_dimension": 0.07356,
}
