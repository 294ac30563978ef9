"""Cleans tickets: one row is a message of a customer."""

import polars as pl


def tickets(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort the tickets by number."""
    return rows.sort("ticket")
