"""Joins the clean tables: one row is a day of a shop, as known 27 days before."""

import polars as pl

from ..machinery.data.table import PREDICTED_AT

LAG = 28  # days


def rows(*, plan: pl.LazyFrame, sales: pl.LazyFrame) -> pl.LazyFrame:
    """Return the columns of ROW for each planned day, with the sales of 28 days before."""
    before = sales.sort("shop", "day").select(
        "shop",
        pl.col("day").dt.offset_by(f"{LAG}d"),
        units_28="units",
        mean_28=pl.col("units").rolling_mean(LAG).over("shop"),
    )
    moment = pl.col("day").dt.offset_by(f"-{LAG - 1}d").alias(PREDICTED_AT)
    return plan.with_columns(moment).join(before, on=["shop", "day"], how="left")
