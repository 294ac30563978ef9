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


KNOWN = {
    "age": measured(0, 120, "years"),
    "sex": measured(1, 2, "as coded in the source"),
    "bmi": measured(10, 80, "body mass index"),
    "bp": measured(30, 200, "mean blood pressure"),
    "s1": measured(50, 500, "serum cholesterol"),
    "s2": measured(10, 400, "low-density lipoproteins"),
    "s3": measured(5, 200, "high-density lipoproteins"),
    "s4": measured(1, 20, "cholesterol by high-density lipoproteins"),
    "s5": measured(2, 8, "logarithm of triglycerides"),
    "s6": measured(30, 300, "blood sugar"),
}

# The external table, as it comes.
SOURCE = Table(
    "patients",
    key=("patient",),
    columns={
        "patient": pa.Column(pl.Int64, pa.Check.ge(0), description="number of the patient"),
        **KNOWN,
        "progression": pa.Column(
            pl.Float64, pa.Check.ge(0), description="a year later", metadata=AFTERWARDS
        ),
    },
)

# What prediction takes: all that was known when the answer is asked for; not the outcome.
EXAMPLES = Table("examples", key=(KEY,), columns={KEY: text("the patient, as in 17"), **KNOWN})

# One row of it, as JSON: what the documentation of the service shows.
EXAMPLE = {
    KEY: "17",
    "age": 59,
    "sex": 2,
    "bmi": 32.1,
    "bp": 101,
    "s1": 157,
    "s2": 93.2,
    "s3": 38,
    "s4": 4,
    "s5": 4.8598,
    "s6": 87,
}
