"""Cleans patients: one row is a patient, sorted by key."""

import polars as pl

from ..machinery.data.table import KEY


def patients(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each patient its `key`, a text."""
    return rows.with_columns(pl.col("patient").cast(pl.String).alias(KEY)).sort(KEY)
