"""The tables of predictions, outcomes and rows in PostgreSQL or SQLite, with a version."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...database import PatientConnection, name, open_engine, reported
from ...errors import InputError
from . import measures, pauses, profiles, rollouts, stage_runs, verdicts  # noqa: F401  for `metadata`
from .metadata import INSERTS, Time, metadata

# Raise it when a column changes; tables of another version are refused.
VERSION = 1

PORTION = 2_000  # rows that are removed at once

Rows = list[dict[str, Any]]  # of `predictions`, by column

schema_version = sa.Table(
    "prediction_schema",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)

# One row is one answer. `request_id` is the id of a request, or of a run of batch.
predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),  # in the request
    sa.Column("unit", sa.Text, nullable=False),  # the row's key
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("label", sa.Text),  # the most likely class, of which the score is
    sa.Column("scores", sa.JSON(none_as_null=True)),  # of each class
    sa.Column("decision", sa.Boolean),
    sa.Column("shadow_version", sa.Text),  # the challenger that scored and decided nothing
    sa.Column("shadow_score", sa.Double),
    sa.Column("contributions", sa.JSON(none_as_null=True)),
    sa.Column("inputs", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("time", Time, nullable=False),
    sa.Column("assigned", sa.Text),  # the value of the rollout's assign_by, which decided the arm
    sa.Index("predictions_time", "time"),  # for the monitor, and to remove old answers
)

# One row is what really happened to one unit, as far as it is known now.
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Double),
    sa.Column("label", sa.Text),  # instead of a number, the name of a class
    sa.Column("time", Time, nullable=False),  # when it was recorded or last corrected
)

# One row is one run of batch into this database, with its progress.
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("plan", sa.Text, nullable=False),  # what is scored, by which models, as JSON
    sa.Column("chunks", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),  # as JSON
    sa.Column("complete", sa.Boolean, nullable=False),
)

# One row is the row of a unit without an outcome, so that a request needs only the key.
upcoming_rows = sa.Table(
    "upcoming_rows",
    metadata,
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("inputs", sa.Text, nullable=False),  # the row, as JSON
    sa.Column("written", Time, nullable=False),  # when its tables were read
)

# The rows of one chunk of a run that broke a rule.
quarantined = sa.Table(
    "quarantined",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("chunk", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Text, nullable=False),  # as CSV, with the column `rule`
)

# Two processes may be first at once, so one waits; in SQLite a reader must not block a writer.
FIRST = {
    "postgresql": ["SELECT pg_advisory_xact_lock(728206)"],
    "sqlite": ["PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE"],
}


def open_tables(url: URL, *, patience: type[PatientConnection] | None = None) -> sa.Engine:
    """Return an engine for the database at `url`; its missing tables are made.

    Raises InputError when the database cannot be reached, is neither PostgreSQL nor SQLite, does
    not store UTF-8, or has tables of another version.
    """
    engine = open_engine(url, patience=patience)
    if engine.dialect.name not in INSERTS:
        raise InputError(f"{name(url)}: predictions go to PostgreSQL or SQLite: give one of them")
    with reported(url), engine.begin() as connection:
        _refuse_other_encoding(connection)
        for statement in FIRST[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        _create(connection, slowly=patience is None)
        version = connection.scalar(sa.select(schema_version.c.version))
    if version != VERSION:
        raise InputError(
            f"{name(url)} has tables of version {version}, this code knows version {VERSION}:"
            " use the code that made them, or another database"
        )
    return engine


def _refuse_other_encoding(connection: sa.Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise InputError(
            f"{name(connection.engine.url)} stores text as {encoding}, which cannot hold every"
            " text: use a database that was created WITH ENCODING 'UTF8'"
        )


def _create(connection: sa.Connection, *, slowly: bool) -> None:
    inspector = sa.inspect(connection)
    if inspector.has_table(schema_version.name):
        metadata.create_all(connection)  # what somebody has removed since
        _add_columns(connection)
        if slowly:  # in a large table it takes longer than the service waits for its database
            _add_indexes(connection)
        return
    if strange := [table for table in metadata.tables if inspector.has_table(table)]:
        raise InputError(
            f"{name(connection.engine.url)} has a table {strange[0]} that another program made:"
            " use another database or schema"
        )
    metadata.create_all(connection)
    connection.execute(schema_version.insert().values(id=1, version=VERSION))


def _add_columns(connection: sa.Connection) -> None:
    """Add the columns that an earlier release lacked; its code still runs, as it ignores them."""
    inspector, dialect = sa.inspect(connection), connection.dialect
    for table in (predictions, outcomes):
        found = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in found:
                added = sa.schema.CreateColumn(column).compile(dialect=dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")


def _add_indexes(connection: sa.Connection) -> None:
    for index in predictions.indexes:
        index.create(connection, checkfirst=True)


def insert(connection: sa.Connection, rows: Rows) -> None:
    """Add `rows` to `predictions`; rows that are there stay, so a replay doubles nothing."""
    if rows:
        connection.execute(_insertion(connection.dialect.name), rows)


@cache
def _insertion(dialect: str) -> Any:
    return INSERTS[dialect](predictions).on_conflict_do_nothing()


def forget(engine: sa.Engine, before: datetime) -> Iterator[int]:
    """Remove the predictions that were recorded before a time, in portions; yield their sizes.

    Each portion is a transaction, so that nobody waits for the removal of millions of rows.
    """
    key = (predictions.c.request_id, predictions.c.index)
    old = sa.select(*key).where(predictions.c.time < before).limit(PORTION)
    one = predictions.delete().where(
        key[0] == sa.bindparam("old_id"), key[1] == sa.bindparam("old_index")
    )
    while True:
        with engine.connect() as connection:
            found = connection.execute(old).all()
            connection.rollback()  # SQLite must not hold what it read while it waits to write
            if found:
                keys = [{"old_id": row[0], "old_index": row[1]} for row in found]
                connection.execute(one, keys)
                connection.commit()
        yield len(found)
        if len(found) < PORTION:
            return


def record_outcomes(connection: sa.Connection, rows: pl.DataFrame) -> None:
    """Add `rows` of unit, outcome, label and time to `outcomes`; a correction replaces the old."""
    if not rows.is_empty():
        added = INSERTS[connection.dialect.name](outcomes)
        upsert = added.on_conflict_do_update(
            index_elements=[outcomes.c.unit],
            set_={name: added.excluded[name] for name in ("outcome", "label", "time")},
            where=outcomes.c.outcome.is_distinct_from(added.excluded.outcome)
            | outcomes.c.label.is_distinct_from(added.excluded.label),
        )
        connection.execute(upsert, rows.to_dicts())
