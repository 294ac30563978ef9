"""Cleans the external table: one row is one labelled example."""

from pathlib import Path
from typing import Any

import polars as pl

from .. import params
from ..files import scan_table, write_json, write_table
from ..stage import stage
from .border import admit, types
from .schema import EXAMPLES, KEY, SOURCE, TARGET


def examples(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of EXAMPLES and the target of `rows` that obey SOURCE, sorted by key."""
    named = rows.with_columns(
        pl.format("S{}", "sample").alias(KEY), pl.col("malignant").cast(pl.Float64).alias(TARGET)
    )
    known = (pl.col(name).cast(kind) for name, kind in types(EXAMPLES).items())
    return named.select(*known, TARGET).sort(KEY)


def report(admitted: pl.DataFrame, quarantined: pl.LazyFrame, made: pl.DataFrame) -> dict[str, Any]:
    """Return how many rows were kept, how many values they lack, what broke which rule."""
    missing = admitted.null_count().row(0, named=True)
    rules = quarantined.group_by("rule").len().sort("rule").collect()
    return {
        SOURCE.name: {
            "rows": admitted.height,
            "missing": {column: count for column, count in missing.items() if count},
            "quarantined": dict(rules.rows()),
        },
        "examples": {
            "rows": made.height,
            "mean_target": made.select(pl.col(TARGET).mean().round(6)).item(),
        },
    }


def main(source: Path, quarantine: Path, target: Path, counts: Path) -> None:
    """Write the examples made of `source` to `target`, the bad rows to `quarantine`, and counts."""
    limit = params.load().examples.max_bad_share
    admitted = admit(source, quarantine, table=SOURCE, max_bad_share=limit)
    made = examples(admitted)
    write_table(made, target)
    write_json(report(admitted, scan_table(quarantine), made), counts)


if __name__ == "__main__":
    stage(main)
