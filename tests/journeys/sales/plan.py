"""Cleans the plan: one row is a day of a shop."""

import polars as pl

from ..machinery.data.table import KEY


def plan(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each day of a shop its `key`, as in S3-2025-05-01."""
    key = pl.format("S{}-{}", "shop", pl.col("day").dt.strftime("%Y-%m-%d"))
    return rows.with_columns(key.alias(KEY)).sort(KEY)
