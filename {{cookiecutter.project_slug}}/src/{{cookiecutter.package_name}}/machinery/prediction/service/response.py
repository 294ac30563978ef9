"""Makes the response to each request: the body, and the rows for the prediction log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from ...data.table import KEY, Row, types
from ..arms import Arms
from ..log.tables import Rows
from ..predict import predict
from .request import PredictRequest

# Recorded but not sent: it would let a client look into an experiment.
INTERNAL = ("shadow_version", "shadow_score", "assigned")


@dataclass(frozen=True)
class PredictResponse:
    """The body for a client, which is sent once the rows for the prediction log are recorded."""

    body: bytes
    rows: Rows


def table_of(requests: Sequence[PredictRequest], row: Row) -> pl.DataFrame:
    """Return the rows of all requests as one table."""
    instances = [instance for request in requests for instance in request.instances]
    return pl.DataFrame(instances, schema=types(row), orient="row")


def predict_batch(
    requests: Sequence[PredictRequest], arms: Arms, table: pl.DataFrame | None = None
) -> list[Rows]:
    """Return the answers to each request; requests with another `contributions` go separately.

    `table` holds the rows of all requests; None: it is made.
    """
    answers: dict[str, Rows] = {}
    numbers = {request.contributions for request in requests}
    for number in numbers:
        group = [request for request in requests if request.contributions == number]
        if table is None or len(numbers) > 1:
            table = table_of(group, arms.project.row)
        assigned = table[arms.rollout.assign_by].cast(pl.String).alias("assigned")
        rows = iter(predict(table, arms, contributions=number).hstack([assigned]).to_dicts())
        answers |= {request.id: [next(rows) for _ in range(request.rows)] for request in group}
    return [answers[request.id] for request in requests]


def respond(request: PredictRequest, answers: Rows, time: datetime) -> PredictResponse:
    """Return the response to `request`."""
    return PredictResponse(_body(request, answers), log_rows(request, answers, time))


def log_rows(request: PredictRequest, answers: Rows, time: datetime) -> Rows:
    """Return the rows of the table `predictions`, as log/record.py makes them for whole tables.

    Its expressions would cost a single request as much as the model does.
    """
    return [
        {
            "request_id": request.id,
            "index": index,
            "unit": answer[KEY],
            "arm": answer["arm"],
            "model_version": answer["model_version"],
            "score": answer["score"],
            "label": answer.get("label"),
            "scores": _json(answer["scores"]) if "scores" in answer else None,
            "decision": answer["decision"],
            "shadow_version": answer.get("shadow_version"),
            "shadow_score": answer.get("shadow_score"),
            "contributions": _json(answer["contributions"]) if "contributions" in answer else None,
            "inputs": _json(inputs),
            "time": time,
            "assigned": answer["assigned"],
        }
        for index, (answer, inputs) in enumerate(zip(answers, request.instances, strict=True))
    ]


def _json(value: Any) -> str:
    # Polars writes a time with a blank between date and time.
    return orjson.dumps(
        value, default=lambda time: time.isoformat(" "), option=orjson.OPT_PASSTHROUGH_DATETIME
    ).decode()


def _body(request: PredictRequest, answers: Rows) -> bytes:
    sent = [
        {name: value for name, value in answer.items() if name not in INTERNAL}
        for answer in answers
    ]
    return orjson.dumps({"predictions": sent, "request_id": request.id})
