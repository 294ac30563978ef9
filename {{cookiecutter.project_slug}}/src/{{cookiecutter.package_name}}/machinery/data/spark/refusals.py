"""Refuses rows of Spark that one process would not make."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from ...errors import InputError
from ...project import Project
from ...spark.frames import collected, quoted
from ..differences import Difference, difference
from ..table import KEY
from .join import EVERY
from .tables import Tables

AFTER = timedelta(hours=6)  # the border of a period: the rows of this time are made in two ways
DAY = timedelta(days=1)


def refuse_duplicates(written: Any) -> None:
    """Raise InputError when two groups made a row of the same key."""
    twice = collected(written.groupBy(KEY).count().where("count > 1").limit(1))
    if not twice.is_empty():
        raise InputError(
            f"data/rows.py: rows() made more than one row of a key, such as {twice[KEY][0]}, from"
            " two parts of the tables: give each row its own key"
        )


def refuse_small_parts(
    written: Any,
    project: Project,
    tables: Tables,
    make: Callable[[Mapping[str, pl.DataFrame]], pl.DataFrame],
    every: str,
) -> None:
    """Raise InputError if rows after a border differ when made at once, with a longer overlap.

    That shows an overlap that is too short, and history across the values of `by`. Nothing is
    compared where a table has parts without a time, because its rows have no border.
    """
    declared = {table.name: table.parts for table in project.tables if table.parts}
    if not all(parts.time for parts in declared.values()):
        return
    time = str(project.row.time)
    ends = written.selectExpr(*(f"{end}({quoted(time)})" for end in ("min", "max")))
    first, last = collected(ends).row(0)
    start = None if first is None else border(first, last, EVERY[every])
    if start is None:
        return
    span = start, start + AFTER
    near = {
        name: collected(
            tables.parted[name].where(_between(parts.time, span, 2 * parts.overlap + DAY))
        )
        for name, parts in declared.items()
    }
    expected = collected(written.where(_between(time, span)))
    if found := difference(expected, make(near).filter(pl.col(time).is_between(*span))):
        raise InputError(_explained(found))


def border(first: datetime, last: datetime, length: str) -> datetime | None:
    """Return the border of periods of this `length` in the middle between two times, if any."""
    start = pl.Series([first]).dt.truncate(length)[0]
    borders = pl.datetime_range(start, last, length, eager=True)
    return borders[len(borders) // 2] if len(borders) > 1 else None


def _between(column: str, span: tuple[datetime, datetime], around: timedelta = timedelta()) -> str:
    first, last = span[0] - around, span[1] + around
    return f"{quoted(column)} BETWEEN TIMESTAMP_NTZ '{first}' AND TIMESTAMP_NTZ '{last}'"


def _explained(found: Difference) -> str:
    if found.column:
        what = (
            f"{found.column} of row {found.key} is {found.first}, but {found.again} with a longer"
            " overlap and all values of `by`"
        )
    else:
        what = f"row {found.key} {'exists only' if found.first else 'is missing'} in its part"
    return (
        f"data/schema.py: rows() needs more than the parts of the tables hold: {what}; raise their"
        " overlap, or leave out of `by` what rows() joins across"
    )
