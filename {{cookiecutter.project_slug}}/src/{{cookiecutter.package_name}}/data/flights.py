"""Cleans flights: one row is a scheduled flight, sorted by departure and key."""

from pathlib import Path

import polars as pl

from .. import params
from ..files import write_table
from ..stage import stage
from .border import admit
from .schema import FLIGHTS, KEY, TIME


def flights(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each flight its `departure` (scheduled, UTC) and `key`: UA1545-EWR-20130101T1015."""
    departure = pl.col("time_hour") + pl.duration(minutes=pl.col("sched_dep_time") % 100)
    key = pl.format(
        "{}{}-{}-{}", "carrier", "flight", "origin", pl.col(TIME).dt.strftime("%Y%m%dT%H%M")
    )
    return rows.with_columns(departure.alias(TIME)).with_columns(key.alias(KEY)).sort(TIME, KEY)


def main(source: Path, clean: Path, quarantine: Path) -> None:
    """Write the flights of `source` that obey the schema to `clean`, the others to `quarantine`."""
    limit = params.load().flights.max_bad_share
    write_table(flights(admit(source, quarantine, table=FLIGHTS, max_bad_share=limit)), clean)


if __name__ == "__main__":
    stage(main)
