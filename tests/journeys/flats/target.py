"""The label of a flat: how it sells, in words."""

import polars as pl

from ..machinery.data.table import KEY, TARGET


def target(*, flats: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key` and `target` of each flat whose sale is over."""
    return flats.select(KEY, pl.col("Verkauf").alias(TARGET))
