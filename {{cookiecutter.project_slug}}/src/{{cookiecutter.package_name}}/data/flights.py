"""Cleans flights: one row is a scheduled flight, sorted by departure and key."""

import polars as pl

from ..machinery.data.table import KEY
from .schema import TIME


def flights(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each flight its `departure` (scheduled, UTC) and `key`: UA1545-EWR-20130101T1015."""
    departure = pl.col("time_hour") + pl.duration(minutes=pl.col("sched_dep_time") % 100)
    key = pl.format(
        "{}{}-{}-{}", "carrier", "flight", "origin", pl.col(TIME).dt.strftime("%Y%m%dT%H%M")
    )
    return rows.with_columns(departure.alias(TIME)).with_columns(key.alias(KEY)).sort(TIME, KEY)
