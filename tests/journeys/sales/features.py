"""The only feature code: training, batch and service call it, on a table or on one row."""

import polars as pl

from ..machinery.data.table import KEY
from .schema import ROW

# Raise it when a feature changes its meaning: models of another version are then refused.
VERSION = 1


def features(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the features of `rows`, each an expression over one row; text is a category."""
    as_they_are = [name for name in ROW.columns if name not in {KEY, ROW.time}]
    return rows.select(*as_they_are, weekday=pl.col("day").dt.weekday())
