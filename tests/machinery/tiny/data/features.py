"""The features of a parcel."""

import polars as pl

VERSION = 1


def features(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the features of `rows`, each an expression over one row."""
    return rows.select(
        "carrier",
        "weight",
        "stops",
        weekday=pl.col("sent").dt.weekday(),
        hour=pl.col("sent").dt.hour(),
    )
