"""Takes some rows of each external table into tests/sample: for the tests, and for Git."""

from pathlib import Path

import polars as pl

ROWS = 2_000

for path in sorted(Path("data/external").glob("*.parquet")):
    table = pl.read_parquet(path)
    table.gather_every(-(-table.height // ROWS)).write_parquet(Path("tests/sample") / path.name)
