"""How the log speaks to the table `predictions`: patiently, and so that nothing doubles."""

import logging
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...errors import InputError
from ..tables import INSERTS, predictions
from .spool import Rows

logger = logging.getLogger(__name__)

PATIENCE = 2  # seconds that a pass waits for a database which does not answer


def insert(connection: sa.Connection, rows: Rows) -> None:
    """Add `rows` in one transaction; what is there already stays, so a replay doubles nothing."""
    with connection.begin():
        connection.execute(_statement(connection.dialect.name), rows)


@cache
def _statement(dialect: str) -> Any:
    return INSERTS[dialect](predictions).on_conflict_do_nothing()


def accepted(connection: sa.Connection, rows: Rows) -> bool:
    """Insert a batch of the spool; return False when the database will never take it."""
    timed = [row | {"time": datetime.fromisoformat(row["time"])} for row in rows]
    try:
        insert(connection, timed)
    except (sa.exc.DataError, sa.exc.IntegrityError):
        logger.exception("the database refused a batch, which is put aside")
        return False
    return True


def patient(url: URL) -> URL:
    """Return `url` with an end to the waiting for a server that does not answer."""
    if url.get_backend_name() != "postgresql":
        return url.update_query_dict({"timeout": str(PATIENCE)})
    return url.update_query_dict(
        {
            "connect_timeout": str(PATIENCE),
            "tcp_user_timeout": str(PATIENCE * 1000),
            "options": f"-c statement_timeout={PATIENCE * 1000}",
        }
        | dict(url.query)
    )


def forget(engine: sa.Engine, before: datetime) -> None:
    """Remove what was recorded before a time."""
    with engine.begin() as connection:
        connection.execute(sa.delete(predictions).where(predictions.c.time < before))


def away(error: InputError, url: URL) -> bool:
    """Return whether a server may answer later; the error's context is what the driver said."""
    return url.get_backend_name() != "sqlite" and isinstance(
        error.__context__, sa.exc.OperationalError
    )
