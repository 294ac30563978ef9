"""Cleans parcels: one row is a parcel."""

import polars as pl

from machinery.data.table import KEY


def parcels(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each parcel its key."""
    return rows.with_columns(pl.format("P{}", "number").alias(KEY)).sort("sent", KEY)
