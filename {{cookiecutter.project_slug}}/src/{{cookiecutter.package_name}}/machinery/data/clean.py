"""Stage `clean`: validates an external table and lets the project clean it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from inspect import signature
from pathlib import Path

import pandera.polars as pa
import polars as pl

from .. import params
from ..errors import InputError
from ..files import write_table
from ..params import Params
from ..project import Project
from .border import validate
from .table import Table


def clean(
    project: Project, source: Path, quarantine: Path, *, table: Table, settings: Params
) -> pl.DataFrame:
    """Return the clean rows of `source`; rows that break a rule of `table` go to `quarantine`."""
    declared = {each.name for each in project.tables}
    if unknown := sorted(settings.quarantine.tables - declared):
        raise InputError(
            f"params.yaml: quarantine.{unknown[0]} names no table: correct its name or remove it;"
            f" there are {', '.join(sorted(declared))}"
        )
    limit = settings.quarantine.limit(table.name)
    rows = validate(source, quarantine, table=table, max_bad_share=limit)
    function = project.cleaner(table.name)
    cleaner = partial(function, **_parameters(function, settings))
    made = cleaner(rows)
    if not isinstance(made, pl.DataFrame):
        raise InputError(
            f"data/{table.name}.py: {table.name}() returned {type(made).__name__}: return a"
            " polars.DataFrame"
        )
    refuse_hidden_outcomes(cleaner, rows, made, table)
    return made


def refuse_hidden_outcomes(
    cleaner: Callable[[pl.DataFrame], pl.DataFrame],
    rows: pl.DataFrame,
    made: pl.DataFrame,
    table: Table,
) -> None:
    """Raise InputError if a column tells what is known afterwards without being declared so.

    Such a column, or a choice of rows, changes when the values that are known afterwards are blank.
    Tables that are scored may lack these values, and are not checked.
    """
    after = [name for name in table.afterwards if name in rows and table.columns[name].required]
    if not after:
        return
    blank = cleaner(
        rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in after)
    )
    known = f"{', '.join(after)}, which is known only afterwards"
    if blank.height != made.height:
        raise InputError(
            f"data/{table.name}.py: {table.name}() makes {made.height} rows, but {blank.height}"
            f" without {known}: choose rows in data/target.py, so that the others can be scored"
        )
    declared = {*table.afterwards, *table.known_after, *table.known_after.values(), table.known_at}
    for name in made.columns:
        if name in declared:
            continue
        if name not in blank or not _same(made[name], blank[name]):
            raise InputError(
                f"data/{table.name}.py: {table.name}() makes {name} from {known}: compute it in"
                " data/target.py, or say in known_after of the table when it becomes known"
            )


def _same(first: pl.Series, other: pl.Series) -> bool:
    """Return whether two columns hold the same values, in whatever order."""
    equal = first.equals(other)
    return equal or (not first.dtype.is_nested() and first.sort().equals(other.sort()))


def _parameters(cleaner: Callable[..., pl.DataFrame], settings: Params) -> dict[str, object]:
    """Return the section `clean` for a function that asks for it."""
    wanted = "params" in signature(cleaner).parameters
    return {"params": getattr(settings, "clean", None)} if wanted else {}


def without_outcome(table: Table) -> Table:
    """Return `table` as known at prediction: columns that are known afterwards may be missing."""
    columns = {
        name: _optional(column) if name in table.afterwards else column
        for name, column in table.columns.items()
    }
    return replace(table, columns=columns)


def _optional(column: pa.Column) -> pa.Column:
    return pa.Column(
        column.dtype,
        column.checks,
        nullable=True,
        required=False,
        description=column.description,
        metadata=column.metadata,
    )


def main(project: Project, source: Path, target: Path, quarantine: Path) -> None:
    """Write the clean rows of the external table `source`; the target's name is the table's."""
    table, settings = project.table(target.stem), params.load(project.params)
    write_table(clean(project, source, quarantine, table=table, settings=settings), target)
