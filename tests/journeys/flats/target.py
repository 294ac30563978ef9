"""The label of a flat: its price."""

import polars as pl

from ..machinery.data.table import KEY, TARGET


def target(*, flats: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key` and `target` of each flat that was sold."""
    return flats.select(KEY, pl.col("Preis je m²").alias(TARGET))
