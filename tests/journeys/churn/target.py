"""The label of an invoice: whether the customer cancels within 60 days."""

import polars as pl

from ..machinery.data.table import KEY, KNOWN, TARGET

DAYS = 60


def target(*, invoices: pl.LazyFrame, customers: pl.LazyFrame) -> pl.LazyFrame:
    """Return `key`, `target` and the moment when it is `known`, for invoices of 60 days ago."""
    end = pl.col("issued") + pl.duration(days=DAYS)
    return (
        invoices.filter(end <= pl.col("issued").max())
        .join(customers, on="customer", how="left")
        .select(
            KEY,
            (pl.col("cancelled") <= end).fill_null(value=False).cast(pl.Float64).alias(TARGET),
            end.alias(KNOWN),
        )
    )
