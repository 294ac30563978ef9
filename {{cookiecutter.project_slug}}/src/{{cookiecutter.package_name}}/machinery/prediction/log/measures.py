"""Writes the table `measures`: named values of a unit, with the time at which they happened."""

import polars as pl
import sqlalchemy as sa

from .metadata import INSERTS, Time, metadata

# One row is one value of a named measure, such as what a customer bought at some time.
measures = sa.Table(
    "measures",
    metadata,
    sa.Column("unit", sa.Text, primary_key=True),  # a row's key, or a value of assign_by
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("time", Time, primary_key=True),  # when it happened
    sa.Column("value", sa.Double, nullable=False),
)


def record(connection: sa.Connection, rows: pl.DataFrame) -> None:
    """Add `rows` of unit, name, time and value; a correction replaces the old value."""
    if not rows.is_empty():
        added = INSERTS[connection.dialect.name](measures)
        upsert = added.on_conflict_do_update(
            index_elements=[measures.c.unit, measures.c.name, measures.c.time],
            set_={"value": added.excluded.value},
        )
        connection.execute(upsert, rows.to_dicts())
