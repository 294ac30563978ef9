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
from ..prediction.log import profiles, stage_runs
from ..prediction.log import verdicts as table
from ..prediction.log.tables import open_tables
from ..prediction.rollout import Rollout
from ..project import Project
from ..runs import Run
from . import accuracy, cohorts, days, drift, inputs, known, notes
from .accuracy import Accuracy
from .experiments.acting import verdict_of
from .experiments.current import current
from .experiments.reading import Reading
from .inputs import Served
from .promise import promise
from .verdict import ACCURACY, DRIFT, SCORES, Verdict, worst

HISTORY = 90  # days that are judged and shown


@dataclass
class Findings:
    """All that the monitor found."""

    log: str
    day: date  # the last one that is complete
    served: list[Served] = field(default_factory=list)
    drifts: Mapping[str, drift.Drift] = field(default_factory=dict)  # by version
    accuracies: list[Accuracy] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)  # of experiments
    verdicts: list[Verdict] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)  # of the pipeline
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Return the worst status of all verdicts."""
        return worst(self.verdicts)


def monitor(
    project: Project,
    url: URL,
    *,
    models: Path,
    rollout: Rollout | None,
    day: date,
    spool: Path,
    mature: int,
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
        found.notes += notes.log(connection, day)
        _judge_drift(found, connection, here)
        _judge_accuracy(found, connection, project, here, mature)
        found.runs = stage_runs.read(connection)
        experiments = _read_experiments(found, connection, rollout)
        if day >= (connection.scalar(sa.select(sa.func.max(profiles.profiles.c.day))) or day):
            write(connection, found.verdicts, names=(DRIFT, SCORES, ACCURACY, *experiments))
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
        found.notes += notes.volume(arm, day)
    found.notes += notes.blind(found.drifts)


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
    found.notes += notes.outcomes(connection, found.served, rows, day=found.day, last=last)


def _read_experiments(
    found: Findings, connection: sa.Connection, rollout: Rollout | None
) -> list[str]:
    """Read the experiments of a rollout, and return the names of their verdicts."""
    if rollout is None:
        return []
    end = datetime.combine(found.day + timedelta(days=1), time())
    found.readings, remarks = current(connection, rollout, until=end)
    said = [verdict_of(reading) for reading in found.readings]
    found.verdicts += said
    found.notes += remarks
    return [each.name for each in said]


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
