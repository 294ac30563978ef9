"""The table `profiles`: how inputs and scores were distributed, by day, version and arm."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa

from .metadata import metadata

# One row is one bin of a feature on one day. It stays when the answers of that day are removed.
profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),  # UTC
    sa.Column("model_version", sa.Text, primary_key=True),
    sa.Column("arm", sa.Text, primary_key=True),
    sa.Column("feature", sa.Text, primary_key=True),
    sa.Column("bin", sa.Integer, primary_key=True, autoincrement=False),  # of the reference
    sa.Column("rows", sa.BigInteger, nullable=False),
)

SCHEMA = {
    "day": pl.Date,
    "model_version": pl.String,
    "arm": pl.String,
    "feature": pl.String,
    "bin": pl.Int64,
    "rows": pl.Int64,
}


def replace(
    connection: sa.Connection, day: date, versions: Iterable[str], rows: Iterable[dict[str, Any]]
) -> None:
    """Write `rows`, without their day, as the whole profile of some versions on a day."""
    old = (profiles.c.day == day) & profiles.c.model_version.in_(list(versions))
    connection.execute(sa.delete(profiles).where(old))
    if dated := [{"day": day, **row} for row in rows]:
        connection.execute(profiles.insert(), dated)


def read(connection: sa.Connection, *, first: date, last: date) -> pl.DataFrame:
    """Return the profiles of the days from `first` to `last`, sorted."""
    query = sa.select(profiles).where(profiles.c.day.between(first, last))
    rows = connection.execute(query.order_by(*profiles.primary_key.columns)).all()
    return pl.DataFrame(list(map(tuple, rows)), schema=SCHEMA, orient="row")
