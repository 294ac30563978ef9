"""Stage `clean`: validates an external table and lets the project clean it."""

from collections.abc import Callable
from dataclasses import replace
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
    cleaner = project.cleaner(table.name)
    made = cleaner(rows, **_parameters(cleaner, settings))
    if not isinstance(made, pl.DataFrame):
        raise InputError(
            f"data/{table.name}.py: {table.name}() returned {type(made).__name__}: return a"
            " polars.DataFrame"
        )
    return made


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
