"""Writes and reads the table `pauses`: challengers that decide nothing, despite rollout.yaml."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ...errors import InputError
from .metadata import Time, metadata
from .rollouts import without_zone

# One row is a challenger that decides nothing, whatever rollout.yaml says, until it is resumed.
pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("time", Time, nullable=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("challenger_version", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("resumed", Time),
)

ONCE_IN = timedelta(days=1)

Paused = frozenset[tuple[str, str]]  # salts and versions of challengers


def read(connection: sa.Connection) -> Paused:
    """Return which challengers are paused now."""
    query = sa.select(pauses.c.salt, pauses.c.challenger_version).where(pauses.c.resumed.is_(None))
    return frozenset((salt, version) for salt, version in connection.execute(query))


def pause(
    connection: sa.Connection, *, salt: str, version: str, reason: str, now: datetime
) -> bool:
    """Pause a challenger, and return whether it was not paused already.

    Raises InputError when a challenger was paused less than a day ago: whoever wants more than one
    pause in a day should look first.
    """
    if (salt, version) in read(connection):
        return False
    last = connection.scalar(sa.select(sa.func.max(pauses.c.time)))
    if last and without_zone(now) - without_zone(last) < ONCE_IN:
        raise InputError(
            f"{version} was not paused: a challenger was paused on {last:%Y-%m-%d at %H:%M} UTC,"
            " and one pause a day is the limit: set challenger to 0 in rollout.yaml yourself"
        )
    values = {"salt": salt, "challenger_version": version, "reason": reason, "time": now}
    connection.execute(pauses.insert().values(values))
    return True


def resume(connection: sa.Connection, version: str) -> int:
    """Let a challenger decide again, and return how many pauses that ended."""
    open_pauses = (pauses.c.challenger_version == version) & pauses.c.resumed.is_(None)
    return connection.execute(
        pauses.update().where(open_pauses).values(resumed=datetime.now(UTC))
    ).rowcount


def reasons(connection: sa.Connection) -> list[tuple[str, datetime, str]]:
    """Return version, time and reason of each pause that has not ended."""
    query = sa.select(pauses.c.challenger_version, pauses.c.time, pauses.c.reason)
    found = connection.execute(query.where(pauses.c.resumed.is_(None)).order_by(pauses.c.time))
    return [(version, without_zone(time), reason) for version, time, reason in found]
