"""The label of a sample: the diagnosis."""

import polars as pl

from ..machinery.data.table import KEY, TARGET


def target(*, tumours: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key` and `target` of each sample that has a diagnosis: 1 is malignant."""
    return tumours.select(KEY, pl.col("malignant").cast(pl.Float64).alias(TARGET))
