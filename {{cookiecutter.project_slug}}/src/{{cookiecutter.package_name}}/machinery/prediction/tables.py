"""The tables of what was predicted and of what came of it, in any database, with a version."""

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL

from ..errors import InputError
from .database import name, open_engine, reported

# Raise it when a column changes; tables of another version are refused.
VERSION = 1

DEFAULT_URL = "sqlite:///predictions.sqlite"

Time = sa.DateTime(timezone=True)  # UTC; SQLite keeps no zone

metadata = sa.MetaData()

schema_version = sa.Table(
    "prediction_schema",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)

# One row is one answer. Which rows there are says request_id: a request's, or a run's of batch.
predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),  # in the request
    sa.Column("unit", sa.Text, nullable=False),  # the row's key
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("decision", sa.Boolean),
    sa.Column("shadow_version", sa.Text),  # the challenger that scored and decided nothing
    sa.Column("shadow_score", sa.Double),
    sa.Column("contributions", sa.JSON(none_as_null=True)),
    sa.Column("inputs", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("time", Time, nullable=False),
)

# One row is what really happened to one unit, as it is known now.
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Double, nullable=False),
    sa.Column("time", Time, nullable=False),  # when it was recorded or last corrected
)

# One row is one run of batch into this database: how far it has come.
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("plan", sa.Text, nullable=False),  # what is scored, by which models, as JSON
    sa.Column("chunks", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),  # as JSON
    sa.Column("complete", sa.Boolean, nullable=False),
)

INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
# Two may come first at once, so one of them waits; in SQLite a reader must not stop a writer.
FIRST = {
    "postgresql": ["SELECT pg_advisory_xact_lock(728206)"],
    "sqlite": ["PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE"],
}


def open_tables(url: URL) -> sa.Engine:
    """Return an engine of a database that has the tables, made on first use.

    Raises InputError when there is no database, it is neither PostgreSQL nor SQLite, or its tables
    are of another version.
    """
    engine = open_engine(url)
    if engine.dialect.name not in INSERTS:
        raise InputError(f"{name(url)}: predictions go to PostgreSQL or SQLite: give one of them")
    with reported(url), engine.begin() as connection:
        for statement in FIRST[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        _create(connection)
        version = connection.scalar(sa.select(schema_version.c.version))
    if version != VERSION:
        raise InputError(
            f"{name(url)} has tables of version {version}, this code knows version {VERSION}:"
            " use the code that made them, or another database"
        )
    return engine


def _create(connection: sa.Connection) -> None:
    inspector = sa.inspect(connection)
    if inspector.has_table(schema_version.name):
        return
    if strange := [table for table in metadata.tables if inspector.has_table(table)]:
        raise InputError(
            f"{name(connection.engine.url)} has a table {strange[0]} that is not ours:"
            " use another database or schema"
        )
    metadata.create_all(connection)
    connection.execute(schema_version.insert().values(id=1, version=VERSION))


def record(connection: sa.Connection, rows: pl.DataFrame) -> None:
    """Add `rows`, as record.py makes them, to `predictions`; what is there already stays."""
    if not rows.is_empty():
        insert = INSERTS[connection.dialect.name](predictions).on_conflict_do_nothing()
        connection.execute(insert, rows.to_dicts())


def record_outcomes(connection: sa.Connection, rows: pl.DataFrame) -> None:
    """Add `rows` of unit, outcome and time to `outcomes`; a corrected outcome replaces the old."""
    if not rows.is_empty():
        insert = INSERTS[connection.dialect.name](outcomes)
        upsert = insert.on_conflict_do_update(
            index_elements=[outcomes.c.unit],
            set_={"outcome": insert.excluded.outcome, "time": insert.excluded.time},
            where=outcomes.c.outcome.is_distinct_from(insert.excluded.outcome),
        )
        connection.execute(upsert, rows.to_dicts())
