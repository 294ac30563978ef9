"""Retention: removes old answers while new ones are recorded."""

import logging
from datetime import UTC, datetime, timedelta
from threading import Event

import sqlalchemy as sa
from prometheus_client import Counter
from sqlalchemy.engine import URL

from ...database import SlowConnection, open_engine
from .tables import forget

logger = logging.getLogger(__name__)

REMOVED = Counter("model_service_removed_rows", "Answers removed because they were too old.")


def remove_old(url: URL, days: int, stop: Event) -> None:
    """Remove the answers that are older than `days`, until `stop`, and say how many they were."""
    before = datetime.now(UTC) - timedelta(days=days)
    removed = 0
    try:
        for number in forget(open_engine(url, patience=SlowConnection), before):
            REMOVED.inc(number)
            removed += number
            if stop.is_set():
                break
    except sa.exc.SQLAlchemyError as error:
        logger.error("old answers could not be removed: %s", type(error).__name__)
    if removed:
        logger.info("%d answers older than %d days removed", removed, days)
