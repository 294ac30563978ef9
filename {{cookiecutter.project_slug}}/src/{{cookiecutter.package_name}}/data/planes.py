"""Cleans planes: one row is an aircraft, sorted by registration."""

from pathlib import Path

import polars as pl

from .. import params
from ..files import write_table
from ..stage import stage
from .border import admit
from .schema import PLANES


def planes(rows: pl.DataFrame) -> pl.DataFrame:
    """Call the year of manufacture `built`, and a manufacturer by one name: AIRBUS."""
    maker = pl.col("manufacturer").str.strip_chars().str.to_uppercase()
    known = maker.str.extract(r"^(AIRBUS|BOEING|BOMBARDIER|EMBRAER|MCDONNELL DOUGLAS)")
    named = rows.with_columns(known.fill_null(maker))
    return named.rename({"year": "built"}).sort("tailnum")


def main(source: Path, clean: Path, quarantine: Path) -> None:
    """Write the planes of `source` that obey the schema to `clean`, the others to `quarantine`."""
    limit = params.load().planes.max_bad_share
    write_table(planes(admit(source, quarantine, table=PLANES, max_bad_share=limit)), clean)


if __name__ == "__main__":
    stage(main)
