"""Writes and reads the table `rollouts`: which shares and versions decided since when."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from ..rollout import CHALLENGER, CHAMPION, Rollout
from .metadata import Time, metadata

# One row is a rollout that began to decide, in the service or in a run of batch.
rollouts = sa.Table(
    "rollouts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("time", Time, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("assign_by", sa.Text, nullable=False),
    sa.Column("holdout", sa.Double, nullable=False),  # the share of the units
    sa.Column("challenger", sa.Double, nullable=False),
    sa.Column("shadow", sa.Boolean, nullable=False),
    sa.Column("champion_version", sa.Text, nullable=False),
    sa.Column("challenger_version", sa.Text),
)

SCHEMA: dict[str, Any] = {
    "time": pl.Datetime("us"),  # UTC
    "salt": pl.String,
    "assign_by": pl.String,
    "holdout": pl.Float64,
    "challenger": pl.Float64,
    "shadow": pl.Boolean,
    "champion_version": pl.String,
    "challenger_version": pl.String,
}


def row(rollout: Rollout, versions: dict[str, str], time: datetime) -> dict[str, Any]:
    """Return the row of a rollout whose models have these versions."""
    own = rollout.model_dump(include={"salt", "assign_by", "holdout", "challenger", "shadow"})
    found = {f"{model}_version": versions.get(model) for model in (CHAMPION, CHALLENGER)}
    return {"time": time, **own, **found}


def write(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Add a rollout, unless the newest one says the same, as after a restart."""
    newest = sa.select(rollouts).order_by(rollouts.c.time.desc(), rollouts.c.id.desc()).limit(1)
    found = connection.execute(newest).mappings().one_or_none()
    if not found or any(found[name] != row[name] for name in SCHEMA if name != "time"):
        connection.execute(rollouts.insert().values(row))


def read(connection: sa.Connection, salt: str) -> pl.DataFrame:
    """Return the rollouts with this salt, the oldest first."""
    query = sa.select(*(rollouts.c[name] for name in SCHEMA)).where(rollouts.c.salt == salt)
    found = connection.execute(query.order_by(rollouts.c.time, rollouts.c.id))
    rows = [dict(row) | {"time": without_zone(row["time"])} for row in found.mappings()]
    return pl.DataFrame(rows, schema=SCHEMA)


def without_zone(time: datetime) -> datetime:
    """Return a time of the database in UTC, without its zone: SQLite keeps none."""
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
