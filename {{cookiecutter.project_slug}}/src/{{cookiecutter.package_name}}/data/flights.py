"""Cleans flights: one row is a scheduled flight, sorted by departure and key."""

import polars as pl

from ..machinery.data.table import KEY
from .schema import TIME


def flights(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each flight its `departure` (scheduled, UTC) and `key`: UA1461-EWR-20130108T1700.

    Its delay is known once it has `departed`. It has `landed` within a day: the table does not say
    when, because the local times of two airports differ.
    """
    departure = pl.col("time_hour") + pl.duration(minutes=pl.col("sched_dep_time") % 100)
    key = pl.format(
        "{}{}-{}-{}", "carrier", "flight", "origin", pl.col(TIME).dt.strftime("%Y%m%dT%H%M")
    )
    known = {
        "departed": pl.col(TIME) + pl.duration(minutes="dep_delay"),
        "landed": pl.col(TIME) + pl.duration(days=1, minutes="arr_delay"),
    }
    timed = rows.with_columns(departure.alias(TIME))
    return timed.with_columns(key.alias(KEY), **known).sort(TIME, KEY)
