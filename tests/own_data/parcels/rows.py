"""Joins the clean tables: one row is one parcel, with what is known when it leaves."""

import polars as pl


def rows(*, parcels: pl.LazyFrame) -> pl.LazyFrame:
    """Return the columns of ROW for each parcel."""
    return parcels
