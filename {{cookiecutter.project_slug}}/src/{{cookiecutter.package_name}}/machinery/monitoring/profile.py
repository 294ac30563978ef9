"""Counts a day of the log in the bins of each model's reference, in memory that stays flat."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from ..data.features import features, watched
from ..data.table import types
from ..errors import InputError
from ..model.bins import Bins, Counts
from ..model.reference import SCORE, Reference
from ..prediction.log.tables import predictions
from ..project import Project

CHUNK = 5_000  # rows that are read at once, and take 70 MB

Served = tuple[str, str]  # a version and an arm
SCHEMA = {"model_version": pl.String, "arm": pl.String, "score": pl.Float64, "inputs": pl.String}


def within(day: date) -> sa.ColumnElement[bool]:
    """Return the condition that an answer was given on `day`, UTC."""
    start = datetime.combine(day, time(), UTC)
    return (predictions.c.time >= start) & (predictions.c.time < start + timedelta(days=1))


def served(connection: sa.Connection, day: date) -> dict[Served, int]:
    """Return how many answers each version gave in each arm on `day`."""
    columns = predictions.c.model_version, predictions.c.arm
    query = sa.select(*columns, sa.func.count()).where(within(day)).group_by(*columns)
    return {(version, arm): rows for version, arm, rows in connection.execute(query)}


def profile(
    connection: sa.Connection, project: Project, day: date, references: Mapping[str, Reference]
) -> list[dict[str, Any]]:
    """Return the rows of `profiles` for the versions that have a reference, without their day."""
    totals: dict[tuple[str, str, str], Counts] = {}
    for chunk in _chunks(connection, day, list(references)):
        for (version, arm), rows in chunk.group_by("model_version", "arm"):
            for name, counts in _counts(project, rows, references[str(version)]):
                key = (str(version), str(arm), name)
                totals[key] = counts if key not in totals else totals[key] + counts
    names = ("model_version", "arm", "feature")
    return [
        {**dict(zip(names, key, strict=True)), "bin": number, "rows": int(rows)}
        for key, counts in sorted(totals.items())
        for number, rows in enumerate(counts)
        if rows
    ]


def _chunks(connection: sa.Connection, day: date, versions: list[str]) -> Iterator[pl.DataFrame]:
    columns = predictions.c
    query = sa.select(
        columns.model_version,
        columns.arm,
        columns.score,
        sa.cast(columns.inputs, sa.Text),  # Polars decodes it faster than the driver
    ).where(within(day), columns.model_version.in_(versions))
    for part in connection.execute(query.execution_options(yield_per=CHUNK)).partitions():
        yield pl.DataFrame(list(map(tuple, part)), schema=SCHEMA, orient="row")


def _counts(
    project: Project, rows: pl.DataFrame, reference: Reference
) -> Iterator[tuple[str, Counts]]:
    table = watched(project, features(project, inputs(project, rows["inputs"])))
    for column in reference.columns:
        values = rows["score"] if column.bins.name == SCORE else _feature(table, column.bins)
        yield column.bins.name, column.bins.count(values)


def _feature(table: pl.DataFrame, bins: Bins) -> pl.Series:
    if bins.name not in table.columns:
        raise InputError(
            f"data/features.py no longer makes {bins.name}, which a model knows, and ROW.watched"
            " in data/schema.py does not name it: raise VERSION"
        )
    return table[bins.name]


def inputs(project: Project, recorded: pl.Series) -> pl.DataFrame:
    """Return recorded inputs as the columns of ROW; a column that they lack is missing."""
    known = pl.Struct(types(project.row))
    try:
        return recorded.str.json_decode(known).struct.unnest()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"the log holds inputs that do not fit ROW in data/schema.py ({error}): use the code"
            " that recorded them"
        ) from None
