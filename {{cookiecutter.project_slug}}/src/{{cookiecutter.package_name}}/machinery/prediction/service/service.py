"""The service: requests are predicted in micro-batches, recorded, then answered."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel

from ..log.prediction_log import PredictionLog
from . import metrics
from .micro_batcher import MicroBatcher
from .model_reloader import ModelReloader
from .relations import refusals
from .request import PredictRequest
from .response import PredictResponse, predict_batch, respond, table_of
from .stored_rows import StoredRows

logger = logging.getLogger(__name__)

MAX_WAITING = 5_000  # rows; with more, a request is refused with 503
MAX_BATCH = 1_000  # rows


@dataclass
class Service:
    """The models, the prediction log and what a request may contain."""

    reloader: ModelReloader
    log: PredictionLog
    tokens: list[bytes] = field(repr=False)  # none: no token is needed
    body: type[BaseModel]
    max_row_minutes: float = 60  # a stored row that is older is refused

    def __post_init__(self) -> None:
        # One thread predicts while the other commits the batch before.
        limits = {"max_waiting": MAX_WAITING, "max_batch": MAX_BATCH}
        self.stored = StoredRows(self.log, self.body, self.max_row_minutes)
        self.reading = MicroBatcher(self._read, size=lambda request: request.rows, **limits)
        self.predicting = MicroBatcher(self._predict, size=lambda request: request.size, **limits)
        self.recording = MicroBatcher(
            self._record, size=lambda response: len(response.rows), **limits
        )

    async def predict(self, request: PredictRequest) -> bytes:
        """Return the body of the response, once it is recorded."""
        if request.by_key:
            request = await self.reading.submit(request)
        response = await self.predicting.submit(request)
        await self.recording.submit(response)
        return response.body

    async def close(self) -> None:
        """Close the connections, each in the thread that uses it."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.reading.thread, self.stored.close)
        await loop.run_in_executor(self.recording.thread, self.log.close)

    def _read(self, requests: Sequence[PredictRequest]) -> list[PredictRequest | Exception]:
        with metrics.STEPS.labels("read").time():
            return self.stored.complete(requests)

    def _predict(self, requests: Sequence[PredictRequest]) -> list[PredictResponse | Exception]:
        with metrics.STEPS.labels("predict").time():
            arms = self.reloader.arms
            table = table_of(requests, arms.project.row)
            refused = refusals(requests, table, arms.project.row)
            good = [request for request in requests if request.id not in refused]
            if not good:
                return list(refused.values())
            predicted = predict_batch(good, arms, None if refused else table)
            time = datetime.now(UTC)
            metrics.count_batch(good, predicted, arms)
            made = {
                request.id: respond(request, answers, time)
                for request, answers in zip(good, predicted, strict=True)
            }
            return [refused.get(request.id) or made[request.id] for request in requests]

    def _record(self, responses: Sequence[PredictResponse]) -> list[None]:
        rows = [row for response in responses for row in response.rows]
        with metrics.STEPS.labels("record").time():
            self.log.write(rows)
        # One line for the whole batch: a line per request would cost as much as its validation.
        requests = sorted({row["request_id"] for row in rows})
        models = sorted({row["model_version"] for row in rows})
        logger.info("answered", extra={"requests": requests, "models": models})
        return [None] * len(responses)
