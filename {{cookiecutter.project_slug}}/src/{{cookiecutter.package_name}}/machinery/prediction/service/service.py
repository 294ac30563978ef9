"""The service: requests are predicted in micro-batches, recorded, then answered."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
from pydantic import BaseModel

from ..arms import Arms
from ..log.prediction_log import NotRecordedError, PredictionLog
from . import metrics
from .micro_batcher import MicroBatcher
from .model_reloader import ModelReloader
from .request import PredictRequest
from .response import PredictResponse, predict_batch, respond, table_of
from .rules import refusals
from .stored_rows import StoredRows
from .validation import other_rules

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
        # One thread predicts and commits a batch, while the next one gathers.
        limits = {"max_waiting": MAX_WAITING, "max_batch": MAX_BATCH}
        self.rules = other_rules(self.reloader.project.row)
        self.stored = StoredRows(self.log, self.body, self.max_row_minutes)
        self.reading = MicroBatcher(self._read, size=lambda request: request.rows, **limits)
        self.answering = MicroBatcher(self._answer, size=lambda request: request.size, **limits)

    async def predict(self, request: PredictRequest) -> bytes:
        """Return the body of the response, once it is recorded."""
        if request.by_key:
            request = await self.reading.submit(request)
        return await self.answering.submit(request)

    async def close(self) -> None:
        """Close the connections, each in the thread that uses it."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.reading.thread, self.stored.close)
        await loop.run_in_executor(self.answering.thread, self.log.close)

    def _read(self, requests: Sequence[PredictRequest]) -> list[PredictRequest | Exception]:
        with metrics.STEPS.labels("read").time():
            return self.stored.complete(requests)

    def _answer(self, requests: Sequence[PredictRequest]) -> list[bytes | Exception]:
        """Predict the requests of a batch together, record them in one transaction."""
        arms = self.reloader.arms
        with metrics.STEPS.labels("predict").time():
            table = table_of(requests, arms.project.row)
            refused: dict[str, Exception] = {**refusals(requests, table, self.rules)}
            good = [request for request in requests if request.id not in refused]
            made = self._predict(good, arms, None if refused else table) if good else {}
        try:
            self._record(list(made.values()))
        except NotRecordedError as error:
            refused |= dict.fromkeys(made, error)
        return [refused.get(request.id) or made[request.id].body for request in requests]

    def _predict(
        self, requests: Sequence[PredictRequest], arms: Arms, table: pl.DataFrame | None
    ) -> dict[str, PredictResponse]:
        predicted, time = predict_batch(requests, arms, table), datetime.now(UTC)
        metrics.count_batch(requests, predicted, arms)
        return {
            request.id: respond(request, answers, time)
            for request, answers in zip(requests, predicted, strict=True)
        }

    def _record(self, responses: Sequence[PredictResponse]) -> None:
        rows = [row for response in responses for row in response.rows]
        if not rows:
            return
        with metrics.STEPS.labels("record").time():
            self.log.write(rows)
        # One line for the whole batch: a line per request would cost as much as its validation.
        requests = sorted({row["request_id"] for row in rows})
        models = sorted({row["model_version"] for row in rows})
        logger.info("answered", extra={"requests": requests, "models": models})
