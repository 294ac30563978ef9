"""The label of a parcel: whether it is late."""

import polars as pl

from ..machinery.data.table import KEY, TARGET

PROMISED = 4  # days; a parcel that takes longer is late


def target(*, parcels: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key` and `target` of each parcel that has arrived: 1 is late."""
    late = (pl.col("days") > PROMISED).cast(pl.Float64)
    return parcels.select(KEY, late.alias(TARGET))
