"""Time travel: tables as they were known at a moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from ..errors import InputError
from .table import ALWAYS, Table

Tables = Mapping[str, pl.LazyFrame]


def travel(
    tables: Tables, declared: Sequence[Table], moment: datetime | None
) -> dict[str, pl.LazyFrame]:
    """Return the clean `tables` without what became known after `moment`.

    Rows whose `known_at` is later are left out; values whose `known_after` is later, or missing,
    are blank, and so is that later moment itself, which would tell. A column that is AFTERWARDS
    without a `known_after` is always blank.
    """
    return {table.name: _known(tables[table.name], table, moment) for table in declared}


def _known(rows: pl.LazyFrame, table: Table, moment: datetime | None) -> pl.LazyFrame:
    if table.known_at != ALWAYS:
        rows = rows.filter(pl.col(table.known_at) <= moment)
    columns = rows.collect_schema()
    becomes = dict(table.known_after) | {at: at for at in table.known_after.values()}
    never = [name for name in table.afterwards if name not in becomes and name in columns]
    return rows.with_columns(
        *(pl.when(pl.col(at) <= moment).then(name).alias(name) for name, at in becomes.items()),
        *(pl.lit(None, columns[name]).alias(name) for name in never),
    )


def parts(declared: Sequence[Table]) -> Iterator[tuple[str, list[Table]]]:
    """Yield the name of each thing that becomes known, with tables of which only that does."""
    plain = {
        each.name: replace(each, columns={}, known_at=ALWAYS, known_after={}) for each in declared
    }
    for table in declared:
        for what, changed in _parts(table):
            part = replace(plain[table.name], **changed)
            yield what, list((plain | {table.name: part}).values())


def _parts(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    if table.known_at != ALWAYS:
        yield f"rows of {table.name} before {table.known_at}", {"known_at": table.known_at}
    for name, at in table.known_after.items():
        yield f"{name} of {table.name} before {at}", {"known_after": {name: at}}
    for name in table.afterwards:
        if name not in table.known_after:
            column = {"columns": {name: table.columns[name]}}
            yield f"{name} of {table.name}, which is known only afterwards", column


def refuse_undeclared_moments(tables: Tables, declared: Sequence[Table]) -> None:
    """Raise InputError when a clean table lacks a named column, or a moment is of another type."""
    for table in declared:
        columns = tables[table.name].collect_schema()
        moments = {*table.known_after.values()} | {table.known_at} - {ALWAYS}
        for name in sorted({*table.known_after, *moments}):
            if name not in columns:
                raise InputError(
                    f"data/schema.py: {table.name} names {name} in known_at or known_after, but"
                    f" data/{table.name}.py makes only {', '.join(columns)}: add or rename it"
                )
        for name in sorted(moments):
            kind = columns[name]
            if not isinstance(kind, pl.Datetime) or kind.time_zone:
                raise InputError(
                    f"data/schema.py: the moments {name} of {table.name} are {kind}: make them"
                    " Datetime in UTC, without a zone"
                )
