"""Reads the log, profiles its days, judges them, and writes the verdicts to the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from .. import params
from ..database import name, refuse_new_file, reported
from ..model.reference import Reference
from ..prediction.log import profiles
from ..prediction.log import verdicts as table
from ..prediction.log.tables import open_tables, predictions
from ..project import Project
from . import accuracy, cohorts, days, drift, inputs, known
from .accuracy import Accuracy
from .inputs import Served
from .promise import promise
from .verdict import ACCURACY, DRIFT, SCORES, Verdict, worst

HISTORY = 90  # days that are judged and shown
TWICE = 2.0  # times the usual rows of a day


@dataclass
class Findings:
    """All that the monitor found."""

    log: str
    day: date  # the last one that is complete
    served: list[Served] = field(default_factory=list)
    drifts: Mapping[str, drift.Drift] = field(default_factory=dict)  # by version
    accuracies: list[Accuracy] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Return the worst status of all verdicts."""
        return worst(self.verdicts)


def monitor(
    project: Project, url: URL, *, models: Path, day: date, spool: Path, mature: int
) -> Findings:
    """Return what the log in `url` says up to `day`, and write the verdicts there.

    Cohorts are measured when `mature` days have passed. A look back keeps no verdict.
    """
    refuse_new_file(url)
    found = Findings(name(url), day)
    with reported(url), open_tables(url).connect() as connection:
        here = known.find(known.folders(models))
        if days.waiting(spool):
            found.notes.append(
                f"answers wait in {spool}: {day} may lack some, and is profiled again when they"
                " arrive"
            )
        found.notes += days.close(connection, project, here, last=day)
        found.notes += _notes(connection, day)
        _judge_drift(found, connection, here)
        _judge_accuracy(found, connection, project, here, mature)
        if day >= (connection.scalar(sa.select(sa.func.max(profiles.profiles.c.day))) or day):
            write(connection, found.verdicts, names=(DRIFT, SCORES, ACCURACY))
    return found


def _judge_drift(
    found: Findings, connection: sa.Connection, here: Mapping[str, known.Known]
) -> None:
    day = found.day
    rows = profiles.read(connection, first=day - timedelta(days=HISTORY), last=day)
    references = _references(rows, here)
    found.served = inputs.served(rows, references)
    found.drifts = {version: drift.of(each) for version, each in references.items()}
    for arm in _present(found.served, day):
        found.verdicts += inputs.verdicts(found.drifts[arm.version], arm, day)
        found.notes += _volume(arm, day)
    found.notes += _blind(found)


def _judge_accuracy(
    found: Findings,
    connection: sa.Connection,
    project: Project,
    here: Mapping[str, known.Known],
    mature: int,
) -> None:
    settings = params.load(project.params).evaluate
    models = {version: here[version.rpartition("-")[2]] for version in found.drifts}
    last = found.day - timedelta(days=mature)
    rows = cohorts.cohorts(connection, project, list(models), last=last, slices=settings.slices)
    for (version, _), part in rows.group_by("model_version", "arm", maintain_order=True):
        model = models[str(version)]
        made = promise(model, str(version))
        if one := accuracy.measured(part, model, made, settings=settings):
            found.accuracies.append(one)
            found.verdicts.append(accuracy.verdict(one))
    found.notes += _notes_on_outcomes(found, connection, rows, last)


def _notes_on_outcomes(
    found: Findings, connection: sa.Connection, rows: pl.DataFrame, last: date
) -> list[str]:
    notes = []
    if early := int(rows["early"].sum()):
        notes.append(
            f"{early} outcomes were recorded before the answer, and do not count: nobody may know"
            " the outcome of what is predicted; or a clock ran back"
        )
    if nobody := cohorts.outcomes_of_nobody(connection, found.day - timedelta(days=inputs.WEEK)):
        notes.append(f"{nobody} outcomes of the last week are of units without an answer")
    answered: dict[date, int] = {}
    for arm in found.served:
        for day in arm.days:
            if day <= last:
                answered[day] = answered.get(day, 0) + arm.rows(day)
    if late := accuracy.incomplete(rows, answered):
        notes.append(f"few outcomes are known of {', '.join(late)}: record those that are missing")
    return notes


def write(connection: sa.Connection, verdicts: Iterable[Verdict], *, names: Iterable[str]) -> None:
    """Replace the verdicts on `names`, and note that the monitor ran to its end."""
    now = datetime.now(UTC)
    ran = Verdict(table.MONITOR, "", "", None, "ok", "ran to its end")
    rows = [each.row() for each in (*verdicts, ran)]
    table.replace(connection, [*names, table.MONITOR], rows, now)
    connection.commit()


def _references(rows: pl.DataFrame, here: Mapping[str, known.Known]) -> dict[str, Reference]:
    versions = rows["model_version"].unique().sort()
    models = {version: here.get(version.rpartition("-")[2]) for version in versions}
    return {
        version: model.reference for version, model in models.items() if model and model.reference
    }


def _present(served: Iterable[Served], day: date) -> list[Served]:
    """Return the arms that answered in the week up to `day`: others were ended before."""
    return [arm for arm in served if arm.window(day, inputs.WEEK)]


def _volume(arm: Served, day: date) -> list[str]:
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


def _blind(found: Findings) -> list[str]:
    names = {name for known in found.drifts.values() for name in inputs.blind(known)}
    if not names:
        return []
    return [
        f"no distance can watch {', '.join(sorted(names))}, whose days differ as much as days can:"
        " give them a range or a relation in data/schema.py"
    ]


def _notes(connection: sa.Connection, day: date) -> list[str]:
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
