"""What the monitor says besides its verdicts: what changes none of them and still matters."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import sqlalchemy as sa

from ..prediction.log.tables import predictions
from . import accuracy, cohorts, inputs
from .drift import Drift
from .inputs import Served

TWICE = 2.0  # times the usual rows of a day


def outcomes(
    connection: sa.Connection,
    served: Iterable[Served],
    matured: pl.DataFrame,
    *,
    day: date,
    last: date,
) -> list[str]:
    """Say which outcomes do not count, and which are missing of the cohorts up to `last`."""
    notes = []
    if early := int(matured["early"].sum()):
        notes.append(
            f"{early} outcomes were recorded before the answer, and do not count: nobody may know"
            " the outcome of what is predicted; or a clock ran back"
        )
    if nobody := cohorts.outcomes_of_nobody(connection, day - timedelta(days=inputs.WEEK)):
        notes.append(f"{nobody} outcomes of the last week are of units without an answer")
    answered: dict[date, int] = {}
    for arm in served:
        for each in arm.days:
            if each <= last:
                answered[each] = answered.get(each, 0) + arm.rows(each)
    if late := accuracy.incomplete(matured, answered):
        notes.append(f"few outcomes are known of {', '.join(late)}: record those that are missing")
    return notes


def volume(arm: Served, day: date) -> list[str]:
    """Say when a day has far more or fewer rows than the four weeks before."""
    before = [arm.rows(day - timedelta(days=back)) for back in range(1, 29)]
    counted = sorted(rows for rows in before if rows)
    rows, usual = arm.rows(day), counted[len(counted) // 2] if counted else 0
    if not rows or len(counted) < inputs.WEEK or usual / TWICE < rows < usual * TWICE:
        return []
    times = f"{rows / usual:.1f} times its usual {usual}"
    return [
        f"{arm.version} {arm.arm}: {rows} answers on {day}, {times}; a day counts once in the"
        " verdicts, whatever its size"
    ]


def blind(drifts: Mapping[str, Drift]) -> list[str]:
    """Name the columns that no distance can watch."""
    names = {name for known in drifts.values() for name in inputs.blind(known)}
    if not names:
        return []
    return [
        f"no distance can watch {', '.join(sorted(names))}, whose days differ as much as days can:"
        " give them a range or a relation in data/schema.py"
    ]


def log(connection: sa.Connection, day: date) -> list[str]:
    """Say when the log has no answers at all, or some from the future."""
    newest = connection.scalar(sa.select(sa.func.max(predictions.c.time)))
    if newest is None:
        return ["the log holds no answers yet"]
    now = datetime.now(UTC) + timedelta(minutes=5)
    later = sa.select(sa.func.count()).where(predictions.c.time > now)
    found = []
    if ahead := connection.scalar(later):
        found.append(f"{ahead} answers carry a time after now: the clock of a service is wrong")
    start = datetime.combine(day, time(), UTC)
    any_today = sa.select(predictions.c.time).where(
        predictions.c.time >= start, predictions.c.time < start + timedelta(days=1)
    )
    if connection.execute(any_today.limit(1)).first() is None:
        found.append(f"nobody got an answer on {day}")
    return found
