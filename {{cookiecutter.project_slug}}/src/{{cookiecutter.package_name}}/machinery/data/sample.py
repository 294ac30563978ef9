"""Takes a sample of the external tables whose rows belong together, for the tests and for Git."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from ..errors import InputError
from ..files import scan_table, write_table
from ..project import Project
from .split import key_hashes

ROWS = 2_000  # about; whole groups may be more
GROUPS = 20  # at least, so that each part of a split gets some

Tables = Mapping[str, pl.DataFrame]


def sample(tables: Tables, *, keys: Mapping[str, tuple[str, ...]], group: str | None) -> Tables:
    """Return rows of each of the raw `tables`: whole groups, and what is joined to them.

    Tables that hold the column `group` keep the same groups; without such a table, every k-th row
    of the largest one stays. Another table keeps the rows that match those by the columns of its
    key in `keys`, or else by all that they share: a time by its day and the day before, as a join
    may look back. A table that shares nothing stays whole.
    """
    with_group = {name: table for name, table in tables.items() if group in table.columns}
    largest = max(with_group or tables, key=lambda name: tables[name].height)
    if group and with_group:
        kept = _groups(tables[largest][group]).to_frame()
        taken = {
            name: table.join(
                kept.cast({group: table.schema[group]}, strict=False),  # Int32 here, Int64 there
                on=group,
                how="semi",
                maintain_order="left",
            )
            for name, table in with_group.items()
        }
    else:
        step = -(-tables[largest].height // ROWS) or 1
        taken = {largest: tables[largest].gather_every(step)}
    for name in [name for name in tables if name not in taken]:
        known = keys.get(name, tuple(tables[name].columns))
        shared = {other: _shared(tables[name], tables[other], known) for other in taken}
        best = max(shared, key=lambda other: len(shared[other]))
        taken[name] = _matching(tables[name], taken[best], shared[best])
    return {name: taken[name] for name in tables}


def _groups(column: pl.Series) -> pl.Series:
    """Return some of the groups, spread over the parts that a split by their hash gives."""
    groups = column.drop_nulls().unique()
    wanted = min(len(groups), max(GROUPS, ROWS * len(groups) // max(len(column), 1)))
    places = key_hashes(groups).argsort()[np.arange(wanted) * len(groups) // max(wanted, 1)]
    return groups.gather(places.tolist())


def _shared(table: pl.DataFrame, other: pl.DataFrame, known: tuple[str, ...]) -> list[str]:
    return [name for name in known if table.schema[name] == other.schema.get(name)]


def _matching(table: pl.DataFrame, taken: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the rows of `table` that have a partner in `taken` by `columns`; all if none has."""
    if not columns:
        return table
    times = [name for name in columns if taken.schema[name].is_temporal()]
    days = pl.col(times).cast(pl.Date)
    wanted = [
        taken.select(columns).with_columns(days.dt.offset_by(before)) if times else taken
        for before in ("0d", "-1d")
    ]
    partners = pl.concat([each.select(columns) for each in wanted]).unique()
    marked = table.with_row_index("row of the sample")
    rows = marked.with_columns(days).join(partners, on=columns, how="semi", nulls_equal=True)
    return table[rows["row of the sample"].sort()] if rows.height else table


def main(project: Project, external: Path, target: Path, group: str | None) -> list[str]:
    """Write the sample of the tables in `external` to `target`; return a line about each."""
    paths = sorted(external.glob("*.parquet"))
    tables = {path.stem: scan_table(path).collect() for path in paths}
    if not tables:
        raise InputError(f"{external} holds no table: add one with `data add`, or run `dvc pull`")
    keys = {
        table.name: table.key
        for table in project.tables
        if table.name in tables and {*table.key} <= {*tables[table.name].columns}
    }
    taken = sample(tables, keys=keys, group=group)
    for name, rows in taken.items():
        write_table(rows, target / f"{name}.parquet")
    return [
        f"{target / name}.parquet: {rows.height:,} of {tables[name].height:,} rows"
        for name, rows in taken.items()
    ]
