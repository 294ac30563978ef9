"""The answers whose outcome is known, by the day of the answer: its cohort.

Outcomes come late, and some kinds later than others: among the outcomes that are known at once, the
rate of yes can be far from the true one. Only cohorts that had time to mature are measured.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from ..data.features import features
from ..prediction.log.tables import outcomes, predictions
from ..project import Project
from .profile import CHUNK, inputs

MOST = 200_000  # answers of a version that are measured, at most: more are sampled by their unit

SCHEMA = {
    "model_version": pl.String,
    "arm": pl.String,
    "unit": pl.String,
    "score": pl.Float64,
    "scores": pl.String,
    "outcome": pl.Float64,
    "label": pl.String,
}


def cohorts(
    connection: sa.Connection,
    project: Project,
    versions: Sequence[str],
    *,
    last: date,
    slices: Sequence[str],
) -> pl.DataFrame:
    """Return the answers up to the day `last` with their outcomes; columns as in SCHEMA.

    It adds `day`, the columns of `slices`, and `early`: the outcome was recorded before the answer.
    Of several answers of a version for one unit, the last one before the outcome counts.
    """
    before = predictions.c.time < datetime.combine(last + timedelta(days=1), time(), UTC)
    here = before & predictions.c.model_version.in_(list(versions))
    joined = predictions.join(outcomes, outcomes.c.unit == predictions.c.unit)
    counted = connection.scalar(sa.select(sa.func.count()).select_from(joined).where(here)) or 0
    share = -(-counted // (MOST * max(len(versions), 1))) or 1
    parts = [
        _sliced(project, part.filter(pl.col("unit").hash(1) % share == 0), slices)
        for part in _chunks(connection, sa.select(*_columns()).select_from(joined).where(here))
    ]
    if not parts:
        empty = SCHEMA | {"day": pl.Date, "early": pl.Boolean} | dict.fromkeys(slices, pl.String)
        return pl.DataFrame(schema=empty)
    rows = pl.concat(parts, how="vertical_relaxed")
    rows = rows.sort("early", "time", descending=[True, False], maintain_order=True)
    return rows.unique(["model_version", "arm", "unit"], keep="last", maintain_order=True)


def _columns() -> list[sa.ColumnElement[object]]:
    columns = predictions.c
    return [
        columns.model_version,
        columns.arm,
        columns.unit,
        columns.score,
        sa.cast(columns.scores, sa.Text),
        outcomes.c.outcome,
        outcomes.c.label,
        columns.time,
        outcomes.c.time,
        sa.cast(columns.inputs, sa.Text),
    ]


def _chunks(
    connection: sa.Connection, query: sa.Select[*tuple[Any, ...]]
) -> Iterator[pl.DataFrame]:
    for part in connection.execute(query.execution_options(yield_per=CHUNK)).partitions():
        *columns, given, known, recorded = zip(*part, strict=True)
        rows = pl.DataFrame(dict(zip(SCHEMA, map(list, columns), strict=True)), schema=SCHEMA)
        moments = {"time": _utc(given), "known": _utc(known)}
        yield rows.with_columns(**moments, inputs=pl.Series(recorded, dtype=pl.String))


def _utc(moments: Sequence[datetime]) -> pl.Series:
    """Return moments without their zone, which SQLite does not keep."""
    found = pl.Series(list(moments))
    zone = getattr(found.dtype, "time_zone", None)
    return found.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else found


def _sliced(project: Project, rows: pl.DataFrame, slices: Sequence[str]) -> pl.DataFrame:
    """Return `rows` with their day and the features of `slices`, without their inputs."""
    found = rows.drop("inputs").with_columns(
        day=pl.col("time").dt.date(), early=pl.col("known") < pl.col("time")
    )
    if not slices or rows.is_empty():
        return found.with_columns(pl.lit(None, pl.String).alias(name) for name in slices)
    made = features(project, inputs(project, rows["inputs"]))
    return found.with_columns(made[name].cast(pl.String) for name in slices)


def outcomes_of_nobody(connection: sa.Connection, since: date) -> int:
    """Return how many outcomes were recorded from a day on for units without an answer."""
    start = datetime.combine(since, time(), UTC)
    joined = outcomes.outerjoin(predictions, outcomes.c.unit == predictions.c.unit)
    query = sa.select(sa.func.count()).select_from(joined)
    alone = (outcomes.c.time >= start) & predictions.c.unit.is_(None)
    return connection.scalar(query.where(alone)) or 0
