"""Finds hindsight: makes rows again from what was known at their moment, and compares."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from ..errors import InputError, sentence
from .differences import Difference, difference
from .table import KEY, PREDICTED_AT, Table
from .time_travel import Tables, parts, refuse_undeclared_moments, travel

MOMENTS = 20
ROWS = 1_000  # that are compared at each moment: the last ones up to it


class Join(NamedTuple):
    """The project's join: its tables, as declared and as they are, and the rows it makes."""

    declared: Sequence[Table]
    tables: Tables
    make: Callable[[Tables], pl.LazyFrame]


class Span(NamedTuple):
    """The moments of the rows that are compared; `end` is the moment to which time travels."""

    start: datetime
    end: datetime


def check(made: pl.DataFrame, join: Join) -> int:
    """Return at how many moments the rows `made` were what was known; raise InputError if not.

    Where no table says when something becomes known, columns that are AFTERWARDS are blank for all
    rows at once.
    """
    refuse_undeclared_moments(join.tables, join.declared)
    if any(table.timed for table in join.declared):
        spans: list[Span | None] = [*_spans(made)]
    else:
        spans = [None] if any(table.afterwards for table in join.declared) else []
    for span in spans:
        expected = made.filter(_within(span))
        if found := difference(expected, _again(join, join.declared, span)):
            raise InputError(_explained(found, expected, join, span))
    return len(spans)


def _spans(made: pl.DataFrame) -> list[Span]:
    """Return spans that end at moments of rows: evenly, and for columns that are rarely there.

    A row may use what was known at its own moment, so all rows up to a moment must be the same.
    """
    rows = made.sort(PREDICTED_AT, KEY)
    places = [(2 * place + 1) * rows.height // (2 * MOMENTS) for place in range(MOMENTS)]
    seen = pl.concat([rows[max(0, place - ROWS) : place + 1] for place in places])
    for name in rows.columns:
        there = rows[name].is_not_null().arg_true()
        if len(there) and seen[name].null_count() == seen.height:
            places.append(there[-1])
    moments = [datetime.min] * ROWS + rows[PREDICTED_AT].to_list()
    return sorted({Span(moments[place], moments[place + ROWS]) for place in places})


def _within(span: Span | None) -> pl.Expr:
    return pl.col(PREDICTED_AT).is_between(*span) if span else pl.lit(value=True)


def _again(join: Join, declared: Sequence[Table], span: Span | None) -> pl.DataFrame:
    """Return the rows of `span` as made of what was known at its end."""
    try:
        known = travel(join.tables, declared, span.end if span else None)
        return join.make(known).filter(_within(span)).collect()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"data/rows.py: rows() failed on what was known {_when(span)}: {sentence(error)}"
        ) from None


def _when(span: Span | None) -> str:
    return f"at {span.end} UTC" if span else "beforehand"


def _explained(found: Difference, expected: pl.DataFrame, join: Join, span: Span | None) -> str:
    """Return the sentence on a difference: which part of which table makes it, and what to do."""
    only = pl.col(KEY) == found.key
    guilty = [
        part
        for part, declared in parts(join.declared)
        if difference(expected.filter(only), _again(join, declared, span).filter(only))
    ]
    names = ", ".join(guilty) or "what became known later"
    if found.column:
        what = (
            f"{found.column} of row {found.key} is {found.again} by what was known {_when(span)},"
            f" and {found.first} with what became known later"
        )
    else:
        what = (
            f"row {found.key} is {'made only with' if found.first else 'left out because of'} what"
            f" was not yet known {_when(span)}"
        )
    return (
        f"data/rows.py: rows() uses {names}: {what}; use only what is known by {PREDICTED_AT}, as a"
        " join_asof on it does, or correct known_at and known_after in data/schema.py"
    )
