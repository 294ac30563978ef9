"""Stage `rows`: lets the project join its clean tables, and labels the rows."""

from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import polars as pl

from .. import params
from ..errors import InputError
from ..files import scan_table, write_json, write_table
from ..params import Params
from ..project import Project
from .clean import clean, without_outcome
from .table import KEY, TARGET, types

Tables = Mapping[str, pl.LazyFrame]


def rows(project: Project, tables: Tables, settings: Params) -> pl.LazyFrame:
    """Return the columns of ROW for each row of the joined `tables`, by time and key."""
    made = _call(project.rows, "data/rows.py", tables, settings)
    wanted = types(project.row)
    _refuse_missing(made, [*wanted], "data/rows.py: rows()")
    cast = made.select(pl.col(name).cast(kind) for name, kind in wanted.items())
    return cast.sort(project.row.order, maintain_order=True)


def labelled(project: Project, tables: Tables, settings: Params) -> pl.LazyFrame:
    """Return the rows that have a label, with the column `target`."""
    made = _call(project.target, "data/target.py", tables, settings)
    _refuse_missing(made, [KEY, TARGET], "data/target.py: target()")
    target = made.select(KEY, pl.col(TARGET).cast(pl.Float64)).drop_nulls(TARGET)
    return rows(project, tables, settings).join(
        target, on=KEY, how="inner", validate="1:1", maintain_order="left"
    )


def _call(
    function: Callable[..., pl.LazyFrame], place: str, tables: Tables, settings: Params
) -> pl.LazyFrame:
    wanted = signature(function).parameters
    given = {"params": settings.rows, **tables}
    made = function(**{name: given[name] for name in wanted})
    if not isinstance(made, pl.LazyFrame):
        raise InputError(
            f"{place}: {function.__name__}() returned {type(made).__name__}: return a"
            " polars.LazyFrame"
        )
    return made


def _refuse_missing(made: pl.LazyFrame, wanted: list[str], what: str) -> None:
    try:
        found = made.collect_schema().names()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{what} failed: {str(error).splitlines()[0]}") from None
    if missing := [name for name in wanted if name not in found]:
        raise InputError(
            f"{what} lacks {', '.join(missing)}; it has {', '.join(found)}:"
            " add the columns, or change data/schema.py"
        )


def from_folder(
    project: Project, folder: Path, quarantine: Callable[[str], Path], settings: Params
) -> pl.DataFrame:
    """Return the rows of the raw tables in `folder`, also of those whose outcome is not known yet.

    Each table is read from <folder>/<table>.parquet and cleaned as in the pipeline; its rows that
    break a rule go to the path that `quarantine` gives for the table.
    """
    tables = {
        table.name: clean(
            project,
            folder / f"{table.name}.parquet",
            quarantine(table.name),
            table=without_outcome(table),
            settings=settings,
        ).lazy()
        for table in project.tables
    }
    return rows(project, tables, settings).collect()


def report(tables: Tables, quarantine: Path, made: pl.LazyFrame) -> dict[str, Any]:
    """Return how many rows each table kept, how many values it lacks, what broke which rule."""
    counts = {
        name: {
            "rows": table.select(pl.len()).collect().item(),
            "missing": _missing(table),
            "quarantined": _rules(scan_table(quarantine / f"{name}.parquet")),
        }
        for name, table in tables.items()
    }
    number, mean = made.select(pl.len(), pl.col(TARGET).mean().round(6)).collect().row(0)
    return {"tables": counts, "rows": {"rows": number, "mean_target": mean}}


def _missing(table: pl.LazyFrame) -> dict[str, int]:
    counts = table.null_count().collect().row(0, named=True)
    return {column: count for column, count in counts.items() if count}


def _rules(quarantined: pl.LazyFrame) -> dict[str, int]:
    return dict(quarantined.group_by("rule").len().sort("rule").collect().rows())


def refuse_undeclared(project: Project, folder: Path) -> None:
    """Raise InputError when `folder` holds a table that the schema does not declare."""
    declared = {table.name for table in project.tables}
    if stale := sorted(path for path in folder.glob("*.parquet") if path.stem not in declared):
        raise InputError(
            f"{stale[0]} belongs to no table in data/schema.py's TABLES: delete it, or declare it"
        )


def main(project: Project, clean: Path, quarantine: Path, target: Path, counts: Path) -> None:
    """Write the labelled rows made of the clean tables to `target`, and `counts` of their rows."""
    for folder in (clean, quarantine):
        refuse_undeclared(project, folder)
    tables = {table.name: scan_table(clean / f"{table.name}.parquet") for table in project.tables}
    write_table(labelled(project, tables, params.load(project.params)), target)
    write_json(report(tables, quarantine, scan_table(target)), counts)
