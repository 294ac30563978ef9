"""One row is one parcel."""

import polars as pl

from ..params import Rows


def rows(*, parcels: pl.LazyFrame, params: Rows) -> pl.LazyFrame:
    """Return the parcels up to the weight that is carried."""
    return parcels.filter(pl.col("weight").fill_null(0) <= params.max_weight)
