"""Moves what waits in the spool to the database."""

import logging
from datetime import datetime

import sqlalchemy as sa

from .spool import Spool
from .tables import Rows, insert

logger = logging.getLogger(__name__)


def replay(spool: Spool, engine: sa.Engine) -> None:
    """Insert every batch that waits; keep those that the database refuses as *.refused."""

    def accepted(rows: Rows) -> bool:
        timed = [row | {"time": datetime.fromisoformat(row["time"])} for row in rows]
        try:
            with connection.begin():
                insert(connection, timed)
        except (sa.exc.DataError, sa.exc.IntegrityError):
            logger.exception("the database refused a batch, which is kept as *.refused")
            return False
        return True

    if spool.size():
        spool.close()
        with engine.connect() as connection:
            spool.replay(accepted)
