"""Cleans weather: one row is an hour at one airport, sorted by airport and hour."""

from pathlib import Path

import polars as pl

from .. import params
from ..files import write_table
from ..stage import stage
from .border import admit
from .schema import WEATHER


def weather(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the hour of observation `observed`, so that a join cannot mistake it for a departure."""
    return rows.rename({"time_hour": "observed"}).sort("origin", "observed")


def main(source: Path, clean: Path, quarantine: Path) -> None:
    """Write the hours of `source` that obey the schema to `clean`, the others to `quarantine`."""
    limit = params.load().weather.max_bad_share
    write_table(weather(admit(source, quarantine, table=WEATHER, max_bad_share=limit)), clean)


if __name__ == "__main__":
    stage(main)
