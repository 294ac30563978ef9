"""The label: whether a parcel took longer than was promised."""

import polars as pl

from machinery.data.table import KEY, TARGET

from ..params import Rows


def target(*, parcels: pl.LazyFrame, params: Rows) -> pl.LazyFrame:
    """Return 1 for a parcel that took more than the promised days; null while it is on its way."""
    days = pl.col("days")
    if params.promised_days is not None:
        days = (days > params.promised_days).cast(pl.Float64)
    return parcels.select(KEY, days.alias(TARGET))
