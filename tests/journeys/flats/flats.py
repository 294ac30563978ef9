"""Cleans flats: one row is a flat."""

import polars as pl

from ..machinery.data.table import KEY


def flats(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each flat its `key`, as in F00017."""
    return rows.with_columns(pl.format("F{}", "Objekt Nr.").alias(KEY)).sort(KEY)
