"""Stage `rows`: lets the project join its clean tables, and labels the rows."""

from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from .. import params
from ..errors import InputError, sentence
from ..files import scan_table, write_json, write_table
from ..params import Params
from ..project import Project
from . import hindsight
from .clean import clean, without_outcome
from .hindsight import Join
from .partners import refuse_lonely, without_partner
from .profile import profile
from .table import KEY, KNOWN, PREDICTED_AT, RULE, TARGET, summary, types

Tables = Mapping[str, pl.LazyFrame]
MOMENT = pl.Datetime("us")  # UTC
ROWS = "data/rows.py: rows()"


def rows(project: Project, tables: Tables, settings: Params) -> pl.DataFrame:
    """Return the columns of ROW for each row of the joined `tables`, by time and key.

    Where a table says when something becomes known, each row also has its `predicted_at`.
    """
    made = _collect(lambda: lazy_rows(project, tables, settings), ROWS)
    if PREDICTED_AT in made.columns and (lacking := made[PREDICTED_AT].null_count()):
        raise InputError(f"{ROWS} made {lacking} rows without {PREDICTED_AT}: give each its moment")
    return made.sort(project.row.order, maintain_order=True)


def lazy_rows(project: Project, tables: Tables, settings: Params) -> pl.LazyFrame:
    """Return the rows of `tables` in the types of ROW, not yet computed."""
    made = _call(project.rows, "data/rows.py", tables, settings)
    timed = any(table.timed for table in project.tables)
    moment = {PREDICTED_AT: MOMENT} if timed else {}
    return _typed(made, types(project.row) | moment, ROWS)


def labelled(project: Project, tables: Tables, settings: Params) -> pl.DataFrame:
    """Return the rows that have a label, with the column `target`."""
    return _with_labels(rows(project, tables, settings), project, tables, settings)


def _with_labels(
    made: pl.DataFrame, project: Project, tables: Tables, settings: Params
) -> pl.DataFrame:
    target = _labels(project, tables, settings)
    return made.join(target, on=KEY, how="inner", maintain_order="left")


def upcoming(project: Project, tables: Tables, settings: Params) -> pl.DataFrame:
    """Return the rows that have no label yet."""
    target = _labels(project, tables, settings)
    return rows(project, tables, settings).join(target, on=KEY, how="anti", maintain_order="left")


def _labels(project: Project, tables: Tables, settings: Params) -> pl.DataFrame:
    what, key = "data/target.py: target()", types(project.row)[KEY]
    made = _call(project.target, "data/target.py", tables, settings)
    optional = {KNOWN: MOMENT}
    labels = _collect(
        lambda: _typed(made, {KEY: key, TARGET: _kind_of_label(made)}, what, optional), what
    ).drop_nulls(TARGET)
    if KNOWN in labels.columns and (missing := labels[KNOWN].null_count()):
        key = labels.filter(pl.col(KNOWN).is_null())[KEY][0]
        raise InputError(
            f"{what} made {missing} labels without {KNOWN}, such as that of {key}: say when each"
            " became known"
        )
    return labels


def _kind_of_label(made: pl.LazyFrame) -> pl.DataType:
    """Return text for the names of classes, and else numbers."""
    kind = made.collect_schema().get(TARGET)
    return pl.String() if isinstance(kind, pl.String | pl.Categorical | pl.Enum) else pl.Float64()


def _call(
    function: Callable[..., pl.LazyFrame], place: str, tables: Tables, settings: Params
) -> pl.LazyFrame:
    given = {"params": settings.rows, **tables}
    try:
        made = function(**{name: given[name] for name in signature(function).parameters})
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{place}: {function.__name__}() failed: {sentence(error)}") from None
    if not isinstance(made, pl.LazyFrame):
        raise InputError(
            f"{place}: {function.__name__}() returned {type(made).__name__}: return a"
            " polars.LazyFrame"
        )
    return made


def _typed(
    made: pl.LazyFrame,
    wanted: dict[str, pl.DataType],
    what: str,
    optional: Mapping[str, pl.DataType] = MappingProxyType({}),
) -> pl.LazyFrame:
    """Return the columns `wanted` in their types, and those of `optional` that there are."""
    found = made.collect_schema().names()
    if missing := [name for name in wanted if name not in found]:
        raise InputError(
            f"{what} lacks {', '.join(missing)}; it has {', '.join(found)}:"
            " add the columns, or change data/schema.py"
        )
    kept = wanted | {name: kind for name, kind in optional.items() if name in found}
    return made.select(pl.col(name).cast(kind) for name, kind in kept.items())


def _collect(make: Callable[[], pl.LazyFrame], what: str) -> pl.DataFrame:
    """Return the rows that `make` makes; refuse a key that is missing or there twice."""
    try:
        table = make().collect()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{what} failed: {sentence(error)}") from None
    if missing_keys := table[KEY].null_count():
        raise InputError(f"{what} made {missing_keys} rows without a {KEY}: give each row its own")
    twice = table.filter(pl.col(KEY).is_duplicated())[KEY].unique(maintain_order=True)
    if len(twice):
        raise InputError(
            f"{what} made more than one row of {len(twice)} keys, such as {twice[0]}: a join"
            " multiplies rows where the other table holds its columns more than once"
        )
    return table


def from_folder(
    project: Project,
    folder: Path,
    quarantine: Callable[[str], Path],
    settings: Params,
    *,
    make: Callable[[Project, Tables, Params], pl.DataFrame] = rows,
) -> pl.DataFrame:
    """Return the rows that `make` makes of the raw tables in `folder`; no outcome has to be known.

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
    return make(project, tables, settings)


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
    target = made.select(TARGET).collect()[TARGET]
    return {"tables": counts, "rows": {"rows": len(target), **summary(target)}}


def _missing(table: pl.LazyFrame) -> dict[str, int]:
    counts = table.null_count().collect().row(0, named=True)
    return {column: count for column, count in counts.items() if count}


def _rules(quarantined: pl.LazyFrame) -> dict[str, int]:
    return dict(quarantined.group_by(RULE).len().sort(RULE).collect().rows())


def refuse_undeclared(project: Project, folder: Path) -> None:
    """Raise InputError when `folder` holds a table that the schema does not declare."""
    declared = {table.name for table in project.tables}
    if stale := sorted(path for path in folder.glob("*.parquet") if path.stem not in declared):
        raise InputError(
            f"{stale[0]} belongs to no table in data/schema.py's TABLES: delete it, or declare it"
        )


def main(project: Project, clean: Path, quarantine: Path, target: Path, counts: Path) -> None:
    """Write the labelled rows made of the clean tables to `target`, and `counts` of their rows.

    Raises InputError for rows that use what became known after their moment, and when too many have
    no partner in a table.
    """
    for folder in (clean, quarantine):
        refuse_undeclared(project, folder)
    settings = params.load(project.params)
    tables = {
        table.name: scan_table(clean / f"{table.name}.parquet").collect().lazy()
        for table in project.tables
    }
    made = rows(project, tables, settings)
    join = Join(project.tables, tables, lambda known: lazy_rows(project, known, settings))
    moments, shares = hindsight.check(made, join), without_partner(made, join)
    refuse_lonely(shares, settings.quarantine.max_without_partner)
    write_table(_with_labels(made, project, tables, settings), target)
    found = report(tables, quarantine, scan_table(target))
    for name, share in shares.items():
        found["tables"][name]["without_partner"] = share
    found["rows"]["moments"] = moments
    for table in project.tables:
        known = tables[table.name].collect()
        found["tables"][table.name]["months"] = profile(known, table)
    write_json(found, counts)
