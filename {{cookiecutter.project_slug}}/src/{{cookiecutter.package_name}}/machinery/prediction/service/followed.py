"""What the service takes from its database while it runs, and the rollouts that it tells it."""

import logging
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ..arms import Arms
from ..log import pauses, rollouts, verdicts
from . import metrics

logger = logging.getLogger(__name__)

INTERVAL = 2  # seconds

# A rollout that began while the database was away is written when that is back.
MOST = 1_000


class Followed:
    """The pauses and verdicts as the database had them last, and rollouts to write."""

    def __init__(self) -> None:
        self.paused: pauses.Paused = frozenset()
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST)
        self._read = -float(INTERVAL)

    def began(self, arms: Arms) -> None:
        """Write soon that these arms decide from now on."""
        self._waiting.append(rollouts.row(arms.rollout, arms.versions, datetime.now(UTC)))

    def follow(self, engine: sa.Engine) -> None:
        """Write the rollouts that wait, read pauses and verdicts; what fails is tried again."""
        try:
            self._write(engine)
            if time.monotonic() - self._read >= INTERVAL:
                self._read = time.monotonic()
                with engine.connect() as connection:
                    self.paused = pauses.read(connection)
                    metrics.show_verdicts(verdicts.read(connection))
        except sa.exc.SQLAlchemyError as error:
            logger.error("the database could not be followed: %s", type(error).__name__)

    def _write(self, engine: sa.Engine) -> None:
        while self._waiting:
            with engine.begin() as connection:
                rollouts.write(connection, self._waiting[0])
            self._waiting.popleft()
