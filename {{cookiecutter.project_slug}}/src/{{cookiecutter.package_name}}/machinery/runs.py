"""The history of `make repro` here: seconds, rows and result of each stage of each run."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from .errors import MISTAKES, sentence

HISTORY = Path("build/runs.jsonl")  # Git and DVC ignore it: it holds clocks
RUN = "PIPELINE_RUN"  # when the run began, which names it; `make repro` sets it
WHOLE = "all"  # stands for the stages of a run together
OK = "ok"

Run = dict[str, Any]  # run, stage, seconds, rows, result


@contextmanager
def noted(stage: str, paths: Sequence[Path]) -> Iterator[None]:
    """Add what happens within to the history, if it is a part of a run."""
    started, result = time.monotonic(), OK
    try:
        yield
    except BaseException as error:
        known = isinstance(error, MISTAKES)
        result = sentence(error) if known else f"ended by {type(error).__name__}"
        raise
    finally:
        if run := os.environ.get(RUN):
            seconds = round(time.monotonic() - started, 3)
            _add(run, stage, seconds, _rows(paths), result)


def end(result: str) -> None:
    """Note how a run ended: a failed one with the reason of its stage, if a stage failed."""
    run = os.environ.get(RUN)
    if not run:
        return
    reasons = [each["result"] for each in read() if each["run"] == run and each["result"] != OK]
    seconds = (datetime.now(UTC) - datetime.fromisoformat(run)).total_seconds()
    _add(run, WHOLE, round(seconds, 3), None, result if result == OK or not reasons else reasons[0])


def read() -> list[Run]:
    """Return the history, the oldest first; lines that were cut off are left out."""
    found = []
    with suppress(OSError):
        for line in HISTORY.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def _add(run: str, stage: str, seconds: float, rows: int | None, result: str) -> None:
    line = {"run": run, "stage": stage, "seconds": seconds, "rows": rows, "result": result}
    with suppress(OSError):  # what is only watched must not fail because of it
        HISTORY.parent.mkdir(exist_ok=True)
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _rows(paths: Sequence[Path]) -> int | None:
    """Return the rows of the largest table that a stage reads or writes, if there is one."""
    tables = [
        table
        for path in paths
        for table in ([path] if path.is_file() else path.glob("*.parquet"))
        if table.suffix == ".parquet"
    ]
    found = []
    for table in tables:
        with suppress(OSError, pl.exceptions.PolarsError):
            found.append(pl.scan_parquet(table, glob=False).select(pl.len()).collect().item())
    return max(found, default=None)
