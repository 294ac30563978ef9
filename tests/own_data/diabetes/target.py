"""The label of a patient: the disease's progression a year later."""

import polars as pl

from ..machinery.data.table import KEY, TARGET


def target(*, patients: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key` and `target` of each patient that was seen again."""
    return patients.select(KEY, pl.col("progression").alias(TARGET))
