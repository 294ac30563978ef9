"""Time travel: tables as they were known at a moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from .table import ALWAYS, Table


def travel(
    tables: Mapping[str, pl.LazyFrame], declared: Sequence[Table], moment: datetime
) -> dict[str, pl.LazyFrame]:
    """Return the clean `tables` without what became known after `moment`.

    Rows whose `known_at` is later are left out; values whose `known_after` is later, or missing,
    are blank, and so is that later moment itself, which would tell. A column that is AFTERWARDS
    without a `known_after` is always blank.
    """
    return {table.name: _known(tables[table.name], table, moment) for table in declared}


def _known(rows: pl.LazyFrame, table: Table, moment: datetime) -> pl.LazyFrame:
    if table.known_at != ALWAYS:
        rows = rows.filter(pl.col(table.known_at) <= moment)
    columns = rows.collect_schema()
    becomes = dict(table.known_after) | {at: at for at in table.known_after.values()}
    never = [name for name in table.afterwards if name not in becomes and name in columns]
    return rows.with_columns(
        *(pl.when(pl.col(at) <= moment).then(name).alias(name) for name, at in becomes.items()),
        *(pl.lit(None, columns[name]).alias(name) for name in never),
    )
