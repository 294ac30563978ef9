"""The result of a query as a table."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa

from ..database import PatientConnection, open_engine, parse, refuse_new_file, reported
from ..errors import InputError

BATCH = 100_000  # rows that are held as Python's values at a time
PLAIN = (bool, int, float, str, Decimal, date, time, timedelta, bytes, list, dict, type(None))


class QueryConnection(PatientConnection):
    """A connection on which each part of an answer may take as long as a person waits."""

    patience = 50


def read_query(url: str, query: str) -> pl.DataFrame:
    """Return the rows of `query` in the database at `url`, sorted, so that equal rows are equal.

    Raises InputError when the database or the query fails, and on a column that is not plain.
    """
    known = parse(url)
    refuse_new_file(known)
    engine = open_engine(known, patience=QueryConnection)
    with reported(known), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
            connection.exec_driver_sql("SET datestyle = 'ISO'")
        # As it is written: % and : are not ours, and the server keeps what was not fetched yet.
        as_written = connection.execution_options(stream_results=True, no_parameters=True)
        with closing(as_written.exec_driver_sql(query.strip().rstrip(";"))) as result:
            if not result.returns_rows:
                raise InputError("the query selects nothing: begin it with SELECT")
            table = pl.concat(_batches(result), how="vertical_relaxed")
    for name, kind in table.schema.items():
        if kind.is_nested() or kind in (pl.Binary, pl.Object):
            raise InputError(
                f"the column {name} of the query is {kind}: turn it into plain columns in the query"
            )
    if table.is_empty():
        raise InputError("the query returns no rows: give a table with rows")
    return table.sort(pl.all())


def _batches(result: sa.CursorResult[Any]) -> Iterator[pl.DataFrame]:
    names = list(result.keys())
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"the query returns {twice[0]} twice: rename one with AS")
    yield pl.DataFrame(schema=dict.fromkeys(names, pl.Null))
    while rows := result.fetchmany(BATCH):
        yield pl.DataFrame(
            [[v if isinstance(v, PLAIN) else str(v) for v in row] for row in rows],
            schema=names,
            orient="row",
            infer_schema_length=None,
        )
