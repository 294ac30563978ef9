"""The label of a day of a shop: the units sold."""

import polars as pl

from ..machinery.data.table import KEY, KNOWN, TARGET


def target(*, plan: pl.LazyFrame, sales: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key`, `target` and the moment when it is `known`, for each day that is over."""
    return plan.join(sales, on=["shop", "day"]).select(
        KEY, pl.col("units").cast(pl.Float64).alias(TARGET), pl.col("counted").alias(KNOWN)
    )
