"""Closes the days of the log: each is profiled once, and again when late answers arrive."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from ..model.reference import SCORE
from ..prediction.log import profiles
from ..prediction.log.tables import predictions
from ..project import Project
from . import known
from .profile import Served, profile, served

logger = logging.getLogger(__name__)

LATE = 14  # days in which a spool may still bring answers


def close(
    connection: sa.Connection, project: Project, models: dict[str, known.Known], *, last: date
) -> list[str]:
    """Profile the days up to `last` that need it, and return why a version is left out.

    A day needs it when the log holds more answers of it than its profile.
    """
    left_out: set[str] = set()
    for day in _days(connection, last):
        found = served(connection, day)
        before = _profiled(connection, day)
        references = {}
        for version, _ in found:
            model = known.of(version, models, features_version=project.features_version)
            if isinstance(model, str):
                left_out.add(model)
            elif model.reference:
                references[version] = model.reference
        wanted = {key: rows for key, rows in found.items() if key[0] in references}
        more = [key for key, rows in wanted.items() if rows > before.get(key, 0)]
        removed = [key for key in wanted if wanted[key] < before.get(key, 0)]  # as too old
        if more and not removed:
            made = profile(connection, project, day, references)
            profiles.replace(connection, day, references, made)
            connection.commit()
            logger.info("%s: %d answers profiled", day, sum(wanted.values()))
    return sorted(left_out)


def _days(connection: sa.Connection, last: date) -> Iterator[date]:
    """Yield the days that may need a profile: new ones, and those that may have got late answers.

    A day that was profiled more than two weeks before the newest is done with.
    """
    first = _as_date(connection.scalar(sa.select(sa.func.min(predictions.c.time))))
    done = connection.scalar(sa.select(sa.func.max(profiles.profiles.c.day)))
    if first is None:
        return
    day = max(first, done - timedelta(days=LATE)) if done else first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _as_date(moment: datetime | None) -> date | None:
    if moment is None:
        return None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()  # SQLite keeps no zone


def _profiled(connection: sa.Connection, day: date) -> dict[Served, int]:
    """Return how many answers of each version and arm the profile of `day` holds."""
    rows = profiles.read(connection, first=day, last=day).filter(pl.col("feature") == SCORE)
    counted = rows.group_by("model_version", "arm").agg(pl.col("rows").sum())
    return {(version, arm): number for version, arm, number in counted.rows()}


def waiting(spool: Path) -> bool:
    """Return whether answers wait in a spool here: then the last day is not complete."""
    return spool.is_dir() and any(path.stat().st_size for path in spool.glob("*.jsonl"))
