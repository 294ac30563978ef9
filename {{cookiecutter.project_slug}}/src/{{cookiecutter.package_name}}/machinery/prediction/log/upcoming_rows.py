"""Writes, reads and removes rows of the table `upcoming_rows`."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import polars as pl
import sqlalchemy as sa

from .metadata import INSERTS
from .tables import FIRST, upcoming_rows


def write(connection: sa.Connection, rows: pl.DataFrame, written: datetime) -> None:
    """Add `rows` of unit and inputs; a row that was written before `written` is replaced."""
    dialect = connection.dialect.name
    for statement in FIRST[dialect]:
        connection.exec_driver_sql(statement)
    upcoming_rows.create(connection, checkfirst=True)  # a database may be older than this table
    added = INSERTS[dialect](upcoming_rows)
    upsert = added.on_conflict_do_update(
        index_elements=[upcoming_rows.c.unit],
        set_={"inputs": added.excluded.inputs, "written": added.excluded.written},
        where=upcoming_rows.c.written <= added.excluded.written,
    )
    if not rows.is_empty():
        connection.execute(upsert, rows.with_columns(written=pl.lit(written)).to_dicts())


def forget(connection: sa.Connection, days: float) -> int:
    """Remove rows that were written more than `days` ago, and return their number."""
    before = datetime.now(UTC) - timedelta(days=days)
    return connection.execute(
        sa.delete(upcoming_rows).where(upcoming_rows.c.written < before)
    ).rowcount


def exists(connection: sa.Connection) -> bool:
    """Return whether the table is there."""
    return sa.inspect(connection).has_table(upcoming_rows.name)


def find(connection: sa.Connection, units: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """Return the inputs of each unit that is there, and when they were written."""
    columns = upcoming_rows.c
    query = sa.select(columns.unit, columns.inputs, columns.written).where(columns.unit.in_(units))
    found = connection.execute(query)
    return {
        unit: (inputs, written if written.tzinfo else written.replace(tzinfo=UTC))
        for unit, inputs, written in found
    }
