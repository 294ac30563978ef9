"""Joins the clean tables: one row is one invoice, with what is known when it is issued."""

import polars as pl

from ..machinery.data.table import KEY, PREDICTED_AT


def rows(*, invoices: pl.LazyFrame, customers: pl.LazyFrame, tickets: pl.LazyFrame) -> pl.LazyFrame:
    """Return the columns of ROW for each invoice."""
    issued, opened = pl.col("issued"), pl.col("opened")
    recent = (
        invoices.join(tickets, on="customer")
        .filter(opened <= issued, opened > issued.dt.offset_by("-90d"))
        .group_by(KEY)
        .agg(tickets=pl.len(), complaints=(pl.col("topic") == "complaint").sum())
    )
    return (
        invoices.with_columns(
            issued.alias(PREDICTED_AT),
            previous=pl.col("amount").shift(1).over("customer", order_by="issued"),
        )
        .join(customers, on="customer", how="left")
        .join(recent, on=KEY, how="left")
        .with_columns(pl.col("tickets", "complaints").fill_null(0))
    )
