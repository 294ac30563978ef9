"""Cleans tumours: one row is a sample, sorted by key."""

import polars as pl

from ..machinery.data.table import KEY


def tumours(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each sample its `key`, as in S17."""
    return rows.with_columns(pl.format("S{}", "sample").alias(KEY)).sort(KEY)
