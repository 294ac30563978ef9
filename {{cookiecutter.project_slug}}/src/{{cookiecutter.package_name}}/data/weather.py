"""Cleans weather: one row is an hour at one airport, sorted by airport and hour."""

import polars as pl


def weather(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the hour of observation `observed`, so that a join cannot mistake it for a departure."""
    return rows.rename({"time_hour": "observed"}).sort("origin", "observed")
