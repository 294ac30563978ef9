"""Where the time of a lone request to the service goes; the median of two hundred."""

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

from flight_delays.data.border import types
from flight_delays.data.features import features
from flight_delays.data.schema import EXAMPLE, EXAMPLES
from flight_delays.prediction.arms import open_arms
from flight_delays.prediction.predict import predict
from flight_delays.prediction.service.log import Log
from flight_delays.prediction.service.passes import Asked, answer
from flight_delays.prediction.service.request import parse


def median(work: Callable[[], Any]) -> float:
    """Return how long `work` takes, in milliseconds."""
    times = []
    for _ in range(200):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main(build: Path) -> None:
    """Measure and print."""
    body, arms = orjson.dumps({"instances": [EXAMPLE]}), open_arms(None, Path("rollout.yaml"))
    asked = Asked("", parse(body))
    table = pl.DataFrame(asked.request.instances, schema=types(EXAMPLES))
    made = features(table)
    with tempfile.TemporaryDirectory(dir=build) as folder:
        url = f"sqlite:///{folder}/log.sqlite"
        log = Log(url, Path(folder) / "spool", keep_days=None, needed=True)
        (given,) = answer([asked], arms, now=lambda: datetime.now(UTC))
        numbers = iter(range(10**6))
        parts = {
            "parse": median(lambda: parse(body)),
            "features": median(lambda: features(table)),
            "model": median(lambda: arms.champion.score(made)),
            "arms and table": median(lambda: predict(table, arms)),
            "answer": median(lambda: answer([asked], arms, now=lambda: datetime.now(UTC))),
            "log": median(
                lambda: log.write([row | {"request_id": str(next(numbers))} for row in given.kept])
            ),
        }
        log.close()
    parts["answer"] -= parts["arms and table"]
    parts["arms and table"] -= parts["features"] + parts["model"]
    for name, taken in parts.items():
        print(f"  {name:16}{taken:7.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
