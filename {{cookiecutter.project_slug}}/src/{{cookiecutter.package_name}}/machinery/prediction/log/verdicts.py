"""The table `verdicts`: what the monitor said last, for the service to export."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .metadata import Time, metadata

OK, ALARM, UNKNOWN = "ok", "alarm", "unknown"  # unknown: not enough data

# One row is the last verdict on one thing, such as the drift of a version in an arm. The row of the
# monitor itself says when it last ran to its end.
verdicts = sa.Table(
    "verdicts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # drift, accuracy, …, or monitor
    sa.Column("model_version", sa.Text, primary_key=True),  # empty: of no one version
    sa.Column("arm", sa.Text, primary_key=True),  # empty: of no one arm
    sa.Column("value", sa.Double),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("time", Time, nullable=False),
)

MONITOR = "monitor"


def replace(
    connection: sa.Connection, names: Iterable[str], rows: Iterable[dict[str, Any]], time: datetime
) -> None:
    """Replace all verdicts on `names` by `rows`, which have every column but the time."""
    connection.execute(sa.delete(verdicts).where(verdicts.c.name.in_(list(names))))
    if timed := [{**row, "time": time} for row in rows]:
        connection.execute(verdicts.insert(), timed)


def read(connection: sa.Connection) -> list[dict[str, Any]]:
    """Return the verdicts, sorted by name, version and arm."""
    rows = connection.execute(sa.select(verdicts).order_by(*verdicts.primary_key.columns))
    return [dict(row) for row in rows.mappings()]
