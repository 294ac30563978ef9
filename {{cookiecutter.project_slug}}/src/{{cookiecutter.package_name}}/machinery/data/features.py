"""Stage `features`: calls the project's feature code, in the same way for training and serving."""

import re
from pathlib import Path

import polars as pl

from ..errors import InputError, meant, sentence
from ..files import scan_table, write_table
from ..project import Project
from . import row_by_row
from .table import KEY, TARGET, UNIT, afterwards, types

PLACE = "data/features.py: features()"

# Up to so many rows, Polars takes longer to improve a plan than to carry it out as it is.
FEW = 1_000
AS_IT_IS = pl.QueryOptFlags.none()


def features(project: Project, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the features of `rows`, one column each, in the project's order.

    The project's code sees the columns of ROW alone, so that neither the target nor what is known
    afterwards can reach a feature; a feature that asks for one of them is refused by name.
    """
    try:
        # Chosen before the plan is made: for a single row, each step of a plan costs time.
        wanted = list(project.row.columns)
        lazy = project.features((rows if rows.columns == wanted else rows[wanted]).lazy())
        if not isinstance(lazy, pl.LazyFrame):
            raise InputError(f"{PLACE} returned {type(lazy).__name__}: return a polars.LazyFrame")
        made = _collect(lazy, few=rows.height <= FEW)
    except pl.exceptions.ColumnNotFoundError as error:
        raise InputError(_unknown_column(project, error)) from None
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{PLACE} failed: {sentence(error)}") from None
    if made.height != rows.height:
        raise InputError(
            f"{PLACE} made {made.height} rows of {rows.height}: it has to keep each row"
        )
    reserved = {KEY, TARGET, UNIT, project.row.time} & {*made.columns}
    if reserved:
        raise InputError(f"{PLACE} returns {', '.join(sorted(map(str, reserved)))}: rename it")
    return made


def _collect(lazy: pl.LazyFrame, *, few: bool) -> pl.DataFrame:
    """Carry out a plan, for few rows without the streaming engine and the optimiser."""
    return lazy.collect(engine="in-memory", optimizations=AS_IT_IS) if few else lazy.collect()


def _unknown_column(project: Project, error: Exception) -> str:
    name = (re.findall(r'"([^"]+)"', str(error)) or ["?"])[0]
    if name in {*afterwards(project.tables), TARGET}:
        return f"{PLACE} reads {name!r}, which is known only afterwards: use what was known before"
    known = meant(name, list(project.row.columns))
    return f"{PLACE} reads {name!r}, which is not a column of ROW in data/schema.py{known}"


def watched(project: Project, made: pl.DataFrame) -> pl.DataFrame:
    """Return features `made`, and next to them what ROW says to watch, as numbers.

    Raises InputError for an expression that fails, gives no number, reads several rows, or has a
    feature's name.
    """
    columns = [_watched(made, *each) for each in project.row.watched.items()]
    return made.with_columns(columns)


def _watched(made: pl.DataFrame, name: str, expression: pl.Expr) -> pl.Series:
    place = f"data/schema.py: ROW.watched {name!r}"
    if name in made.columns:
        raise InputError(f"{place} has the name of a column: rename it")
    few = -(-made.height // row_by_row.ALONE) or 1
    try:
        found, again = (
            rows.with_columns(expression.alias(name))[name]
            for rows in (made, made.gather_every(few))
        )
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{place} fails: {sentence(error)}") from None
    if not found.dtype.is_numeric():
        raise InputError(
            f"{place} gives {found.dtype}: write a number, as in pl.col('a') - 2 * pl.col('b')"
        )
    if not found.gather_every(few).equals(again, null_equal=True):
        raise InputError(
            f"{place} differs with the other rows: use only the columns of its own row, without a"
            " mean, a lag or a rank"
        )
    return found


def names(project: Project) -> list[str]:
    """Return the names of the features, in the order in which the model knows them."""
    return features(project, pl.DataFrame(schema=types(project.row))).columns


def main(project: Project, rows: Path, target: Path) -> None:
    """Write the features of `rows`, with key, time and target, to `target`.

    Raises InputError for a feature that is not computed from one row at a time.
    """
    table = scan_table(rows).collect()
    made = features(project, table)
    row_by_row.check(project, table, made, features)
    carried = table.select(*project.row.order[::-1], TARGET)
    write_table(carried.hstack(made), target)
