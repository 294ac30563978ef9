"""Cleans planes: one row is an aircraft, sorted by registration."""

from pathlib import Path

import polars as pl

from .. import params
from ..files import write_table
from ..stage import stage
from .border import admit
from .schema import PLANES


def planes(rows: pl.DataFrame) -> pl.DataFrame:
    """Name the year of manufacture `built` and write manufacturers in one way: AIRBUS INDUSTRIE is AIRBUS."""
    maker = pl.col("manufacturer").str.strip_chars().str.to_uppercase()
    return rows.with_columns(
        maker.str.extract(r"^(AIRBUS|BOEING|BOMBARDIER|EMBRAER|MCDONNELL DOUGLAS)").fill_null(maker)
    ).rename({"year": "built"}).sort("tailnum")


def main(source: Path, clean: Path, quarantine: Path) -> None:
    """Write the aircraft of `source` that obey their schema to `clean`, the others to `quarantine`."""
    limit = params.load().planes.max_bad_share
    write_table(planes(admit(source, quarantine, table=PLANES, max_bad_share=limit)), clean)


if __name__ == "__main__":
    stage(main)
