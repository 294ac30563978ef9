"""How a request becomes an answer: predicted with others, recorded with others, then given."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from pydantic import BaseModel

from . import metrics
from .batching import Batcher
from .log import Log
from .passes import Answer, Asked, answer
from .watch import Watched

logger = logging.getLogger(__name__)

MAX_WAITING = 5_000  # rows; who comes then is told to come again
MAX_PASS = 1_000  # rows


@dataclass
class Service:
    """What stands behind the door."""

    watched: Watched
    log: Log
    tokens: list[bytes] = field(repr=False)  # none: everybody may ask
    body: type[BaseModel]  # what a request may contain

    def __post_init__(self) -> None:
        # One thread predicts while the other commits what was predicted before.
        limits = {"max_waiting": MAX_WAITING, "max_pass": MAX_PASS}
        self.predicting = Batcher(self._predict, size=lambda asked: asked.rows, **limits)
        self.recording = Batcher(self._record, size=lambda answer: len(answer.kept), **limits)

    async def answer(self, asked: Asked) -> bytes:
        """Return the body of the answer, once it is recorded."""
        given = await self.predicting.submit(asked)
        await self.recording.submit(given)
        return given.body

    async def close(self) -> None:
        """Let go of the log, in the thread that writes it."""
        await asyncio.get_running_loop().run_in_executor(self.recording.thread, self.log.close)

    def _predict(self, asked: Sequence[Asked]) -> list[Answer]:
        with metrics.STEPS.labels("predict").time():
            return answer(asked, self.watched.arms, now=partial(datetime.now, UTC))

    def _record(self, given: Sequence[Answer]) -> list[None]:
        rows = [row for each in given for row in each.kept]
        with metrics.STEPS.labels("record").time():
            self.log.write(rows)
        # One line for all of them: one each would cost as much as its parsing.
        known = {"requests": {row["request_id"] for row in rows}}
        known |= {"models": {row["model_version"] for row in rows}}
        logger.info("answered", extra={name: sorted(values) for name, values in known.items()})
        return [None] * len(given)
