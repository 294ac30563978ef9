"""The border: an external table is let in row by row, by the rules of its schema."""

import logging
from pathlib import Path

import pandera.polars as pa
import polars as pl
import polars.selectors as cs

from ..files import scan_table, write_table
from ..stage import InputError
from .schema import Table

log = logging.getLogger(__name__)


def admit(source: Path, quarantine: Path, *, table: Table, max_bad_share: float) -> pl.DataFrame:
    """Return the rows of `source` that obey `table`; put the others aside into `quarantine`.

    Raises InputError on missing columns, wrong types, no rows, duplicate keys, or when more than
    `max_bad_share` of the rows break a rule.
    """
    rows = read(source, table)
    good, bad = separate(rows, table)
    refuse_duplicates(good, source=source, key=table.key)
    write_table(bad, quarantine)
    log.info("%s: %d rows, %d in quarantine", table.name, good.height, bad.height)
    if bad.height > max_bad_share * rows.height:
        raise InputError(
            f"{source}: {bad.height} of {rows.height} rows break a rule, more than"
            f" max_bad_share = {max_bad_share} allows: {_counts(bad)}; see {quarantine}"
        )
    return good


def read(source: Path, table: Table) -> pl.DataFrame:
    """Read the columns of `table` from `source`, NaN as missing; raise InputError on a misfit."""
    scan = scan_table(source)
    refuse_wrong_columns(scan.collect_schema(), source=source, table=table)
    rows = scan.select(list(table.columns)).with_columns(cs.float().fill_nan(None)).collect()
    if rows.is_empty():
        raise InputError(f"{source} has no rows: give a table that has some")
    return rows


def refuse_wrong_columns(found: pl.Schema, *, source: Path, table: Table) -> None:
    """Raise InputError when a column of `table` is missing from `found` or has another type."""
    missing = [name for name in table.columns if name not in found]
    if missing:
        raise InputError(
            f"{source} lacks {', '.join(missing)}; it has {', '.join(found)}:"
            " rename or add the columns, or change data/schema.py"
        )
    wrong = [
        f"{name} is {found[name]}, not {wanted}"
        for name, wanted in types(table).items()
        if found[name] != wanted
    ]
    if wrong:
        raise InputError(f"{source}: {'; '.join(wrong)}: convert it, or change data/schema.py")


def types(table: Table) -> dict[str, pl.DataType]:
    """Return the Polars type of each column of `table`."""
    return {name: column.dtype.type for name, column in table.columns.items()}


def separate(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `rows` into those that obey `table` and the others, with a column `rule`."""
    try:
        pa.DataFrameSchema(table.columns).validate(rows, lazy=True)
        broken = pl.DataFrame(schema={"index": pl.UInt32, "rule": pl.String})
    except pa.errors.SchemaErrors as error:
        broken = (
            error.failure_cases.select(
                pl.col("index").cast(pl.UInt32), rule=pl.format("{}: {}", "column", "check")
            )
            .group_by("index")
            .agg(pl.col("rule").sort().str.join("; "))
        )
    bad = rows.with_row_index("index").join(broken, on="index", maintain_order="left").drop("index")
    good = rows.with_row_index("index").join(broken, on="index", how="anti", maintain_order="left")
    return good.drop("index"), bad


def refuse_duplicates(rows: pl.DataFrame, *, source: Path, key: tuple[str, ...]) -> None:
    """Raise InputError naming the first keys that occur more than once."""
    twice = rows.group_by(key).len().filter(pl.col("len") > 1).sort(key)
    if not twice.is_empty():
        first = "; ".join(", ".join(map(str, row[:-1])) for row in twice.head(3).rows())
        raise InputError(
            f"{source}: {twice.height} keys ({', '.join(key)}) occur more than once,"
            f" the first being {first}: remove the duplicates"
        )


def _counts(bad: pl.DataFrame) -> str:
    counts = bad.group_by("rule").len().sort("len", "rule", descending=[True, False])
    return ", ".join(f"{rule} ({rows})" for rule, rows in counts.head(3).rows())
