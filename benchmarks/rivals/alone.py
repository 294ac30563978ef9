"""Where the time of a single request to the service goes; the median of two hundred."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import orjson
import polars as pl
from flight_delays.machinery.data.features import features
from flight_delays.machinery.data.table import types
from flight_delays.machinery.prediction.arms import open_arms
from flight_delays.machinery.prediction.log.prediction_log import PredictionLog
from flight_delays.machinery.prediction.predict import predict
from flight_delays.machinery.prediction.service.response import predict_batch, respond
from flight_delays.machinery.prediction.service.validation import body_model, validate
from flight_delays.project import PROJECT


def medians(parts: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return how long each part takes, in milliseconds.

    They run in turn, because other work on the machine would slow down some and not the others.
    """
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(200):
        for name, work in parts.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) * 1000 for name, taken in times.items()}


def main(build: Path) -> None:
    """Measure and print."""
    body = orjson.dumps({"instances": [PROJECT.row.example]})
    model, arms = body_model(PROJECT.row), open_arms(PROJECT, None, Path("rollout.yaml"))
    request = validate("", body, model)
    table = pl.DataFrame(request.instances, schema=types(PROJECT.row))
    made = features(PROJECT, table)

    def answer() -> Any:
        (answers,) = predict_batch([request], arms)
        return respond(request, answers, datetime.now(UTC))

    with tempfile.TemporaryDirectory(dir=build) as folder:
        url = f"sqlite:///{folder}/log.sqlite"
        log = PredictionLog(url, Path(folder) / "spool", keep_days=None, required=True)
        rows = answer().rows
        numbers = iter(range(10**6))
        parts = medians(
            {
                "validate": lambda: validate("", body, model),
                "features": lambda: features(PROJECT, table),
                "model": lambda: arms.champion.score(made),
                "arms and table": lambda: predict(table, arms),
                "answer": answer,
                "log": lambda: log.write(
                    [row | {"request_id": str(next(numbers))} for row in rows]
                ),
            }
        )
        log.close()
    parts["answer"] -= parts["arms and table"]
    parts["arms and table"] -= parts["features"] + parts["model"]
    for name, taken in parts.items():
        print(f"  {name:16}{taken:7.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
