"""The units of an experiment and what was measured of each, from the prediction log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from ...errors import InputError
from ...prediction.log.measures import measures
from ...prediction.log.tables import outcomes, predictions
from ...prediction.rollout import Experiment

MOMENT = pl.Datetime("us")
CELL = ("stage", "unit", "arm")

# A row's key, and the value of assign_by, which is the unit of the experiment.
answers, after = predictions.c, outcomes.c
COLUMNS = {
    "key": (answers.unit, pl.String),
    "unit": (answers.assigned, pl.String),
    "arm": (answers.arm, pl.String),
    "time": (answers.time, MOMENT),
    "score": (answers.score, pl.Float64),
    "label": (answers.label, pl.String),
    "outcome": (after.outcome, pl.Float64),
    "true_label": (after.label, pl.String),
    "known": (after.time, MOMENT),
}
MEASURED = {"id": pl.String, "at": MOMENT, "value": pl.Float64}


@dataclass(frozen=True)
class Units:
    """What an experiment is computed from, and what was left out of it."""

    measured: pl.DataFrame  # stage, unit, arm, rows, total: of units that are complete
    assigned: pl.DataFrame  # stage, arm, units: all that were assigned so far
    remarks: list[str] = field(default_factory=list)


def units(
    connection: sa.Connection, periods: pl.DataFrame, experiment: Experiment, *, until: datetime
) -> Units:
    """Return the units of the stages in `periods`, as of the moment `until`, which is in UTC.

    The first answer for a key counts, and of that what is `experiment.days` old.
    """
    remarks: list[str] = []
    found = _answers(connection, since=periods["time"][0], until=until)
    rows = found.sort("time").unique("key", keep="first", maintain_order=True)
    rows = rows.join_asof(periods.select("time", "stage"), on="time").drop_nulls("stage")
    arms = pl.col("arm").n_unique().over("stage", "unit")
    if crossed := rows.filter(arms > 1).select(pl.struct("stage", "unit").n_unique()).item():
        rows = rows.filter(arms == 1)
        remarks.append(f"{crossed} units were in two arms of one stage, and are left out")
    assigned = rows.group_by("stage", "arm").agg(units=pl.col("unit").n_unique())
    complete = rows.filter(pl.col("time") <= until - timedelta(days=experiment.days))
    valued = _valued(connection, complete, experiment, remarks)
    sums = valued.group_by(CELL).agg(rows=pl.len(), total=pl.sum("value"))
    return Units(sums.sort(CELL), assigned.sort("stage", "arm"), remarks)


def _answers(connection: sa.Connection, *, since: datetime, until: datetime) -> pl.DataFrame:
    columns = [column.label(name) for name, (column, _) in COLUMNS.items()]
    between = answers.time.between(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    query = (
        sa.select(*columns)
        .select_from(predictions.outerjoin(outcomes, answers.unit == after.unit))
        .where(between, answers.assigned.is_not(None))
    )
    kinds = {name: kind for name, (_, kind) in COLUMNS.items()}
    return table(connection.execute(query).all(), kinds)


def table(rows: Sequence[Iterable[Any]], kinds: dict[str, Any]) -> pl.DataFrame:
    """Return rows of the database, with times in UTC and without a zone: SQLite keeps none."""
    moments = [name for name, kind in kinds.items() if kind == MOMENT]
    aware = any(isinstance(value, datetime) and value.tzinfo for row in rows[:1] for value in row)
    zoned = dict.fromkeys(moments, pl.Datetime("us", "UTC")) if aware else {}
    made = pl.DataFrame(list(map(tuple, rows)), schema=kinds | zoned, orient="row")
    return made.with_columns(pl.col(moments).dt.replace_time_zone(None))


def _valued(
    connection: sa.Connection, rows: pl.DataFrame, experiment: Experiment, remarks: list[str]
) -> pl.DataFrame:
    """Return the rows that have a value, with it, and say how many have none."""
    if experiment.measure in ("error", "outcome"):
        early = pl.col("known") < pl.col("time")
        if number := rows.filter(early).height:
            rows = rows.filter(~early.fill_null(value=False))
            remarks.append(f"{number} outcomes were recorded before the prediction, and left out")
        valued = rows.with_columns(value=_error() if experiment.measure == "error" else "outcome")
    else:
        valued = _with_measure(connection, rows, experiment, remarks)
    if experiment.absent == "zero":
        return valued.with_columns(pl.col("value").fill_null(0.0))
    if missing := valued["value"].null_count():
        by_arm = valued.group_by("arm").agg(100 * pl.col("value").is_null().mean()).sort("arm")
        shares = ", ".join(f"{share:.1f} % in the {arm}" for arm, share in by_arm.iter_rows())
        remarks.append(f"{missing} rows have no {experiment.measure}, and are left out: {shares}")
    return valued.drop_nulls("value")


def _error() -> pl.Expr:
    """Return the squared error of a score, or whether the label was wrong."""
    wrong = (pl.col("label") != pl.col("true_label")).cast(pl.Float64)
    return (
        pl.when(pl.col("label").is_null())
        .then((pl.col("score") - pl.col("outcome")) ** 2)
        .otherwise(wrong)
    )


def _with_measure(
    connection: sa.Connection, rows: pl.DataFrame, experiment: Experiment, remarks: list[str]
) -> pl.DataFrame:
    """Return `rows` with the sum of a recorded measure in the days after each of them.

    A measure of units counts from a unit's first row on, which is then its only one.
    """
    own = measures.c
    query = sa.select(own.unit, own.time, own.value).where(own.name == experiment.measure)
    found = table(connection.execute(query).all(), MEASURED)
    if found.is_empty():
        raise InputError(
            f"no value of {experiment.measure!r} is recorded: give error, outcome or the name of a"
            " measure that `outcomes --measure` has recorded"
        )
    id_ = "key" if experiment.per == "row" else "unit"
    rows = rows.unique(id_, keep="first", maintain_order=True)
    joined = rows.select(id_, "time").join(found, left_on=id_, right_on="id")
    since = pl.col("at") - pl.col("time")
    if early := joined.filter(since < timedelta(0)).height:
        remarks.append(f"{early} values of {experiment.measure} happened before the prediction")
    within = since >= timedelta(0)
    if experiment.days:
        within &= since < timedelta(days=experiment.days)
    sums = joined.filter(within).group_by(id_).agg(pl.sum("value"))
    if unknown := found.join(rows, left_on="id", right_on=id_, how="anti")["id"].n_unique():
        remarks.append(f"{unknown} units with a {experiment.measure} are not in the experiment")
    return rows.join(sums, on=id_, how="left")
