"""The table `stage_runs`: seconds, rows and result of each stage of each run of the pipeline."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from .metadata import INSERTS, metadata

stage_runs = sa.Table(
    "stage_runs",
    metadata,
    sa.Column("run", sa.Text, primary_key=True),  # when it began, ISO 8601, UTC
    sa.Column("stage", sa.Text, primary_key=True),  # all: of all stages together
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("rows", sa.BigInteger),  # of the largest table that it reads or writes
    sa.Column("result", sa.Text, nullable=False),  # ok, or why it failed
)


def write(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add `rows`; those that are there stay."""
    if rows:
        insert = INSERTS[connection.dialect.name](stage_runs).on_conflict_do_nothing()
        connection.execute(insert, list(rows))


def read(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return all rows, the oldest run first."""
    rows = connection.execute(sa.select(stage_runs).order_by(stage_runs.c.run))
    return [dict(row) for row in rows.mappings()]
