"""The border: validates an external table row by row, by the rules of its schema."""

import logging
from collections.abc import Iterable
from pathlib import Path

import pandera.polars as pa
import polars as pl
import polars.selectors as cs

from ..errors import InputError
from ..files import scan_table, write_table
from .table import Table, types

logger = logging.getLogger(__name__)


def validate(source: Path, quarantine: Path, *, table: Table, max_bad_share: float) -> pl.DataFrame:
    """Return the rows of `source` that obey `table`; write the others to `quarantine`.

    Raises InputError on missing columns, wrong types, no rows, duplicate keys, or when more than
    `max_bad_share` of the rows break a rule.
    """
    rows = read(source, table)
    good, bad = separate(rows, table)
    refuse_duplicates(good, source=source, key=table.key)
    write_table(bad, quarantine)
    logger.info("%s: %d rows, %d in quarantine", table.name, good.height, bad.height)
    if bad.height > max_bad_share * rows.height:
        raise InputError(
            f"{source}: {bad.height} of {rows.height} rows break a rule, more than"
            f" max_bad_share = {max_bad_share} allows: {counts(bad)}; see {quarantine}"
        )
    return good


def read(source: Path, table: Table) -> pl.DataFrame:
    """Read the columns of `table` from `source`, NaN as missing; raise InputError on a misfit."""
    scan = scan_table(source)
    optional = {name: kind for name, kind in types(table).items() if not _required(table, name)}
    untyped = scan.collect_schema()  # a column of only nulls may have no type
    scan = scan.drop([name for name in optional if untyped.get(name) == pl.Null])
    refuse_wrong_columns(scan.collect_schema(), source=source, table=table)
    absent = [pl.lit(None, kind).alias(name) for name, kind in optional.items()]
    found = scan.collect_schema()
    filled = scan.with_columns(each for each in absent if each.meta.output_name() not in found)
    rows = filled.select(list(table.columns)).with_columns(cs.float().fill_nan(None)).collect()
    if rows.is_empty():
        raise InputError(f"{source} has no rows: give a table with rows")
    return rows


def refuse_wrong_columns(found: pl.Schema, *, source: Path | str, table: Table) -> None:
    """Raise InputError when a column of `table` is missing from `found` or has another type."""
    refuse_missing_columns(found, source=source, table=table)
    wrong = [
        f"{name} is {found[name]}, not {wanted}"
        for name, wanted in types(table).items()
        if name in found and found[name] != wanted
    ]
    if wrong:
        raise InputError(f"{source}: {'; '.join(wrong)}: convert it, or change data/schema.py")


def refuse_missing_columns(found: Iterable[str], *, source: Path | str, table: Table) -> None:
    """Raise InputError when a column of `table` is not among the names `found`."""
    names = list(found)
    required = [name for name in table.columns if _required(table, name)]
    if missing := [name for name in required if name not in names]:
        raise InputError(
            f"{source} lacks {', '.join(missing)}; it has {', '.join(names)}:"
            " rename or add the columns, or change data/schema.py"
        )


def _required(table: Table, name: str) -> bool:
    return bool(table.columns[name].required)


def separate(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split `rows` into those that obey `table` and the others, with a column `rule`."""
    try:
        pa.DataFrameSchema(table.columns).validate(rows, lazy=True)
        return rows, rows.clear().with_columns(rule=pl.lit(None, pl.String))
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


def convert(texts: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of `texts` in the types of `table`, and those that do not fit, with `rule`.

    A time is in UTC; a whole number may be written with a decimal point.
    """
    kinds = types(table)
    typed = texts.select(_typed(name, kind) for name, kind in kinds.items())
    if typed.null_count().equals(texts.select(list(kinds)).null_count()):
        return typed, texts.clear().with_columns(rule=pl.lit(None, pl.String))
    faults = [
        pl.when(texts[name].is_not_null() & typed[name].is_null()).then(
            pl.lit(f"{name}: is not {kind}")
        )
        for name, kind in kinds.items()
    ]
    rule = pl.select(rule=pl.concat_str(faults, separator="; ", ignore_nulls=True)).to_series()
    return typed.filter(rule == ""), texts.with_columns(rule).filter(rule != "")


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    text = pl.col(name)
    if kind.is_integer():
        number = text.cast(pl.Float64, strict=False)  # 149.0, as pandas writes it next to a gap
        whole = pl.when(number == number.round()).then(number)
        return text.cast(kind, strict=False).fill_null(whole.cast(kind, strict=False))
    if kind.is_temporal():
        zoneless = text.str.strip_suffix("Z").str.strip_suffix("+00:00").str.strip_suffix("+00")
        spaced = zoneless.str.replace("T", " ", literal=True)
        return spaced.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return text.cast(kind, strict=False)


def refuse_duplicates(rows: pl.DataFrame, *, source: Path, key: tuple[str, ...]) -> None:
    """Raise InputError naming the first keys that occur more than once."""
    twice = rows.group_by(key).len().filter(pl.col("len") > 1).sort(key)
    if not twice.is_empty():
        first = "; ".join(", ".join(map(str, row[:-1])) for row in twice.head(3).rows())
        raise InputError(
            f"{source}: {twice.height} keys ({', '.join(key)}) occur more than once,"
            f" the first being {first}: remove the duplicates"
        )


def counts(bad: pl.DataFrame) -> str:
    """Return the three rules that most of the rows `bad` break, with their numbers."""
    most = bad.group_by("rule").len().sort("len", "rule", descending=[True, False]).head(3)
    return ", ".join(f"{rule} ({rows})" for rule, rows in most.rows())
