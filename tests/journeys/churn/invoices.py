"""Cleans invoices: one row is an invoice."""

import polars as pl

from ..machinery.data.table import KEY


def invoices(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each invoice its `key`, as in I17."""
    return rows.with_columns(pl.format("I{}", "invoice").alias(KEY)).sort(KEY)
