"""One pass over the models for several requests: what each is told, and what is kept of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from ...data.table import KEY, types
from ..arms import Arms
from ..predict import predict
from . import metrics
from .request import Request

Rows = list[dict[str, Any]]

# What is recorded of an answer and not told: it would let the asker look into an experiment.
UNTOLD = ("shadow_version", "shadow_score")


@dataclass(frozen=True)
class Asked:
    """A request and the id under which it is answered and recorded."""

    id: str
    request: Request

    @property
    def rows(self) -> int:
        """Return how many answers it wants."""
        return len(self.request.instances)


@dataclass(frozen=True)
class Answer:
    """What a request gets, as soon as what is kept of it has been recorded."""

    body: bytes
    kept: Rows


def answer(asked: Sequence[Asked], arms: Arms, *, now: Callable[[], datetime]) -> list[Answer]:
    """Return the answer to each request."""
    predicted, time = predicted_rows(asked, arms), now()
    metrics.count_pass(asked, predicted, arms)
    return [
        Answer(_told(each, rows), kept(each, rows, time))
        for each, rows in zip(asked, predicted, strict=True)
    ]


def predicted_rows(asked: Sequence[Asked], arms: Arms) -> list[Rows]:
    """Return the answers to each request; those that want explanations are passed apart."""
    answers: dict[str, Rows] = {}
    for number in {each.request.contributions for each in asked}:
        group = [each for each in asked if each.request.contributions == number]
        instances = [row for each in group for row in each.request.instances]
        table = pl.DataFrame(instances, schema=types(arms.project.row))
        rows = iter(predict(table, arms, contributions=number).to_dicts())
        answers |= {each.id: [next(rows) for _ in range(each.rows)] for each in group}
    return [answers[each.id] for each in asked]


def kept(asked: Asked, answers: Rows, time: datetime) -> Rows:
    """Return the rows of the table `predictions`, as record.py makes them for whole tables.

    Its expressions would cost a lone request as much as the model does.
    """
    return [
        {
            "request_id": asked.id,
            "index": index,
            "unit": row[KEY],
            "arm": row["arm"],
            "model_version": row["model_version"],
            "score": row["score"],
            "decision": row["decision"],
            "shadow_version": row.get("shadow_version"),
            "shadow_score": row.get("shadow_score"),
            "contributions": _json(row["contributions"]) if "contributions" in row else None,
            "inputs": _json(inputs),
            "time": time,
        }
        for index, (row, inputs) in enumerate(zip(answers, asked.request.instances, strict=True))
    ]


def _json(value: Any) -> str:
    # Polars writes a time with a blank between date and time.
    return orjson.dumps(
        value, default=lambda time: time.isoformat(" "), option=orjson.OPT_PASSTHROUGH_DATETIME
    ).decode()


def _told(asked: Asked, answers: Rows) -> bytes:
    told = [{name: row[name] for name in row if name not in UNTOLD} for row in answers]
    return orjson.dumps({"predictions": told, "request_id": asked.id})
