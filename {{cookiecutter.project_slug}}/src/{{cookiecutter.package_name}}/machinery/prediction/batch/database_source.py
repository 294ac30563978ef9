"""Rows of a database: by COPY from PostgreSQL, row by row from others."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...data.border import convert, refuse_missing_columns
from ...data.table import Table
from ...database import name, open_engine, quoter, refuse_new_file, reported
from ...errors import InputError
from . import source
from .source import Chunks, Source, refuse_empty


def open_relation(url: URL, wanted: Table, *, table: str, query: str) -> tuple[sa.Engine, str]:
    """Return an engine, and a table or the result of a query as a statement names it.

    Raises InputError unless exactly one of them is given, exists, has the columns and a row.
    """
    engine = open_engine(url).execution_options(postgresql_readonly=True)
    if bool(table) == bool(query):
        raise InputError(
            f"{name(url)}: name what to read, either --table NAME or --query 'SELECT …'"
        )
    refuse_new_file(url)
    quote = quoter(engine)
    inner = query.strip().rstrip(";")
    relation = f"({inner}\n) AS source" if query else ".".join(map(quote, table.split(".")))
    with reported(url), engine.connect() as connection:
        settle(connection)
        # No value is loaded: Python cannot hold all of those that a database can.
        found = execute(connection, f"SELECT * FROM {relation} LIMIT 0")  # noqa: S608  the user's
        names = [column[0] for column in found.description]
        if twice := [each for each in names if names.count(each) > 1]:
            raise InputError(f"{table or 'the query'} has the column {twice[0]} twice: rename one")
        refuse_missing_columns(names, source=table or "the query", table=wanted)
        first = execute(connection, f"SELECT 1 FROM {relation} LIMIT 1").fetchone()  # noqa: S608
        refuse_empty(table or "the query", empty=first is None)
    return engine, relation


def database_source(url: URL, wanted: Table, *, table: str, query: str) -> Source:
    """Open a table or the result of a query, ordered by the key of `wanted`.

    Raises InputError unless exactly one of them is given, exists and has the columns.
    """
    engine, relation = open_relation(url, wanted, table=table, query=query)
    quote, rows = quoter(engine), None
    if table:  # a query would run twice
        with reported(url), engine.connect() as connection:
            settle(connection)
            count = execute(connection, f"SELECT count(*) FROM {relation}")  # noqa: S608
            rows = count.fetchone()[0]
    # Ordered by all columns, so that a run which continues finds the same rows in the same place.
    others = [quote(each) for each in wanted.columns if each not in wanted.key]
    order = [*map(quote, wanted.key), *(f"CAST({each} AS {text(engine)})" for each in others)]
    statement = (
        f"SELECT {', '.join(map(quote, wanted.columns))} FROM {relation}"  # noqa: S608
        f" ORDER BY {', '.join(order)}"
    )

    def read() -> Chunks:
        chunks = copied if engine.dialect.name == "postgresql" else _fetched
        with reported(url), engine.connect() as connection:
            settle(connection)
            for chunk in chunks(connection, statement, list(wanted.columns)):
                yield convert(chunk, wanted)

    return Source(f"{name(url)} {table or query}", None, rows, read)


def text(engine: sa.Engine) -> str:
    """Return what the database calls text, by which every type can be ordered."""
    return "CHAR" if engine.dialect.name in ("mysql", "mariadb") else "TEXT"


def settle(connection: sa.Connection) -> None:
    """Let SQLite refuse to write, and PostgreSQL read and show values the same on each server."""
    if connection.dialect.name == "sqlite":
        execute(connection, "PRAGMA query_only = ON")
    if connection.dialect.name == "postgresql":  # it refuses to write since the transaction began
        for setting in ("timezone = 'UTC'", "datestyle = 'ISO'", "extra_float_digits = 1"):
            execute(connection, f"SET {setting}")


def execute(connection: sa.Connection, statement: str) -> Any:
    """Return the driver's own cursor, which takes a statement with % or : unchanged."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from None
    return cursor


def copied(connection: sa.Connection, statement: str, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a statement of PostgreSQL as texts, by COPY."""
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        rows = iter(copy)  # PostgreSQL sends one row at a time
        while lines := list(islice(rows, source.CHUNK)):
            yield pl.read_csv(
                BytesIO(b"".join(lines)),
                has_header=False,
                new_columns=columns,
                infer_schema=False,
            )


def _fetched(
    connection: sa.Connection, statement: str, columns: list[str]
) -> Iterator[pl.DataFrame]:
    cursor = execute(connection, statement)
    while rows := cursor.fetchmany(source.CHUNK):
        texts = [[None if value is None else str(value) for value in row] for row in rows]
        yield pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String), orient="row")
