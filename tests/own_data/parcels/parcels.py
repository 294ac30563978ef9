"""Cleans parcels: one row is a parcel, sorted by key."""

import polars as pl

from ..machinery.data.table import KEY


def parcels(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each parcel its `key`, as in P17."""
    return rows.with_columns(pl.format("P{}", "parcel").alias(KEY)).sort(KEY)
