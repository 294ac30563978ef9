"""Shared by every rival: the demo's own features and model, by one call."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import polars as pl
from flight_delays.machinery.data.table import types
from flight_delays.machinery.prediction.arms import open_arms
from flight_delays.machinery.prediction.predict import predict
from flight_delays.project import PROJECT

Rows = list[dict[str, Any]]

ARMS = open_arms(PROJECT, None, Path("rollout.yaml"))
TIME = "departure"


def score(rows: Rows) -> Rows:
    """Return an answer for each row of a request, as it came from JSON."""
    table = pl.DataFrame(rows, infer_schema_length=None)
    table = table.with_columns(pl.col(TIME).str.to_datetime(time_zone="UTC"))
    table = table.with_columns(pl.col(TIME).dt.replace_time_zone(None)).cast(types(PROJECT.row))
    return predict(table, ARMS).to_dicts()
