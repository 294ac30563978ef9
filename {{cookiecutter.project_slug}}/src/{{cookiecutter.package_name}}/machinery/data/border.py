"""The border: validates an external table row by row, by the rules of its schema."""

import logging
from collections.abc import Iterable
from pathlib import Path

import pandera.polars as pa
import polars as pl
import polars.selectors as cs

from ..errors import InputError
from ..files import scan_table, write_table
from .kinds import converted, fits
from .table import RULE, Table, holds, types

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
    """Read the columns of `table` from `source` in their types, NaN as missing.

    Raises InputError on a column that is missing, and on a value that does not fit its type.
    """
    scan = scan_table(source)
    refuse_wrong_columns(scan, source=source, table=table)
    found = scan.collect_schema().names()
    given = scan.select(name for name in table.columns if name in found).collect()
    if given.is_empty():
        raise InputError(f"{source} has no rows: give a table with rows")
    rows, unfit = convert(given, table)
    if not unfit.is_empty():
        name = next(name for name in given.columns if unfit[RULE][0].startswith(f"{name}: is"))
        raise InputError(
            f"{source}: {unfit[RULE][0]}, but {unfit[name][0]!r} ({given.schema[name]}):"
            " correct the value, or change data/schema.py"
        )
    return rows


def refuse_wrong_columns(scan: pl.LazyFrame, *, source: Path | str, table: Table) -> None:
    """Raise InputError when a column of `table` is missing, or has values of another type."""
    found = scan.collect_schema()
    refuse_missing_columns(found, source=source, table=table)
    wrong = [
        f"{name} is {found[name]}, such as {value!r}, not {wanted}"
        for name, wanted in types(table).items()
        if name in found and not fits(found[name], wanted)
        for value in scan.select(name).drop_nulls().head(1).collect()[name].to_list()
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
    """Split `rows` into those that obey `table` and the others, with a column RULE."""
    rule = broken_rules(rows, table)
    return rows.filter(rule.is_null()), rows.hstack([rule]).filter(rule.is_not_null())


def broken_rules(rows: pl.DataFrame, table: Table) -> pl.Series:
    """Return the rules of columns and the relations that each row breaks, or null."""
    rule = _broken_columns(rows, table)
    if not table.relations:
        return rule
    relation = table.broken_relations(rows)
    if relation.null_count() == rows.height:  # a single request would wait for the texts
        return rule
    both = pl.concat_str(rule, relation, separator="; ", ignore_nulls=True)
    return pl.select(pl.when(both != "").then(both).alias(RULE)).to_series()


def _broken_columns(rows: pl.DataFrame, table: Table) -> pl.Series:
    """Return the rules of single columns that each row breaks, or null."""
    none = pl.Series(RULE, [None], dtype=pl.String).new_from_index(0, rows.height)
    suspects = {name: table.columns[name] for name in _suspects(rows, table)}
    if not suspects:
        return none
    try:
        pa.DataFrameSchema(suspects).validate(rows, lazy=True)
        return none
    except pa.errors.SchemaErrors as error:
        failed = error.failure_cases.filter(pl.col("index").is_null())
        if not failed.is_empty():
            fault = failed.row(0, named=True)
            raise InputError(
                f"data/schema.py: {table.name}.{fault['column']}: the check {fault['check']} fails:"
                f" {str(fault['failure_case']).splitlines()[0]}: correct it"
            ) from None
        found = (
            error.failure_cases.select(
                pl.col("index").cast(pl.UInt32), pl.format("{}: {}", "column", "check").alias(RULE)
            )
            .group_by("index")
            .agg(pl.col(RULE).sort().str.join("; "))
        )
    numbers = pl.DataFrame({"index": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)})
    return numbers.join(found, on="index", how="left", maintain_order="left")[RULE]


def _suspects(rows: pl.DataFrame, table: Table) -> list[str]:
    """Return the columns of which a row may break a rule, mostly none, by one plan of all checks.

    Pandera's validation, which finds the rows, has a plan for each rule of each column.
    """
    columns = table.columns
    if rows.schema != types(table) or any(column.unique for column in columns.values()):
        return list(columns)
    lazy = rows.lazy()
    plans = [
        (name, lazy.select(pl.col(name).is_not_null().all()))
        for name, column in columns.items()
        if not column.nullable
    ]
    try:
        plans += [
            (name, holds(check, lazy, name).select(pl.all().fill_null(check.ignore_na).all()))
            for name, column in columns.items()
            for check in column.checks
        ]
        if not plans:
            return []
        named = [plan.select(pl.all().alias(str(place))) for place, (_, plan) in enumerate(plans)]
        fine = pl.concat(named, how="horizontal").collect().row(0)
    except Exception:  # of a check that the project wrote: pandera says of which
        return list(columns)
    return sorted({name for (name, _), obeyed in zip(plans, fine, strict=True) if not obeyed})


def convert(given: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows in the types of `table`, and, as text with RULE, those that do not fit.

    Texts are read; NaN, and a column that is not there, are missing values.
    """
    kinds, found = types(table), given.schema
    absent = [pl.lit(None, kind).alias(name) for name, kind in kinds.items() if name not in found]
    given = given.with_columns(cs.float().fill_nan(None), *absent).select(list(kinds))
    typed = given.select(converted(name, given.schema[name], kinds[name]) for name in kinds)
    if typed.null_count().equals(given.null_count()):
        return typed, given.clear().cast(pl.String).with_columns(
            pl.lit(None, pl.String).alias(RULE)
        )
    faults = [
        pl.when(given[name].is_not_null() & typed[name].is_null()).then(
            pl.lit(f"{name}: is not {kind}")
        )
        for name, kind in kinds.items()
    ]
    rule = pl.select(pl.concat_str(faults, separator="; ", ignore_nulls=True)).to_series()
    unfit = given.cast(pl.String).hstack([rule.alias(RULE)]).filter(rule != "")
    return typed.filter(rule == ""), unfit


def refuse_duplicates(rows: pl.DataFrame, *, source: Path, key: tuple[str, ...]) -> None:
    """Raise InputError naming the first keys that occur more than once."""
    keys = rows.select(key)
    twice = keys.filter(keys.is_duplicated()).unique().sort(key)
    if not twice.is_empty():
        first = "; ".join(", ".join(map(str, row)) for row in twice.head(3).rows())
        raise InputError(
            f"{source}: {twice.height} keys ({', '.join(key)}) occur more than once,"
            f" the first being {first}: remove the duplicates"
        )


def counts(bad: pl.DataFrame) -> str:
    """Return the three rules that most of the rows `bad` break, with their numbers."""
    most = bad.group_by(RULE).len().sort("len", RULE, descending=[True, False]).head(3)
    return ", ".join(f"{rule} ({rows})" for rule, rows in most.rows())
