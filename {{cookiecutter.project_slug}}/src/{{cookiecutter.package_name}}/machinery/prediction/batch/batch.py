"""Batch prediction: rows of a source are validated and scored into a target, chunk by chunk."""

import platform
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NoReturn

import polars as pl
import polars.selectors as cs

from ...data.border import counts, separate
from ...data.table import Table
from ...errors import InputError
from ...files import write_json
from ..arms import Arms
from ..predict import predict
from .quarantine import write_quarantine
from .run import Progress, Run
from .source import Chunks, Source
from .target import Places, Target


def batch(
    source: Source,
    target: Target,
    arms: Arms,
    *,
    run: Run,
    places: Places,
    contributions: int,
    max_bad_share: float,
    show: Callable[[Chunks], Chunks],
) -> Progress:
    """Score what `run` has not scored yet, and return its progress, which is complete then.

    Raises InputError when more than `max_bad_share` of the rows break a rule. A database keeps
    what was scored until then, and the same run can continue.
    """
    with target.locked(run), closing(target):
        started, clock = datetime.now(UTC), time.perf_counter()
        begun = progress = target.begin(run)
        if begun.complete:
            return begun
        for rows, unfit in show(source.chunks(begun.chunks)):
            good, answers, bad = answer(rows, unfit, arms, contributions=contributions)
            after = progress.plus(answers, bad)
            target.write(run, progress, after, good, answers, bad)
            progress = after
            if source.rows and after.quarantined > max_bad_share * source.rows:
                break
        write_quarantine(target.quarantined(run), places.quarantine)
        too_many = progress.quarantined > max_bad_share * (source.rows or progress.read)
        progress = progress.model_copy(update={"complete": not too_many})
        times = {"started": started.isoformat(), "seconds": round(time.perf_counter() - clock, 3)}
        report = describe(run, progress, places, arms, source=source.name, target=target.name)
        report |= {**source.details, **times, "scored_now": progress.scored - begun.scored}
        write_json(report, places.report)
        if too_many:
            refuse(progress, places, max_bad_share)
        target.finish(run, progress)
    return progress


def answer(
    rows: pl.DataFrame, unfit: pl.DataFrame, arms: Arms, *, contributions: int
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the rows that obey the schema, the answers for them, and the other rows with RULE."""
    good, bad = examine(rows, unfit, arms.project.row)
    return good, predict(good, arms, contributions=contributions), bad


def examine(
    rows: pl.DataFrame, unfit: pl.DataFrame, table: Table
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that obey `table`, and the others and the `unfit` as text with RULE."""
    good, broken = separate(rows.with_columns(cs.float().fill_nan(None)), table)
    return good, pl.concat([unfit, broken.cast(pl.String)])


def refuse(progress: Progress, places: Places, max_bad_share: float) -> NoReturn:
    """Raise InputError that names the rules which most rows break."""
    raise InputError(
        f"{progress.quarantined} of {progress.read} rows break a rule, more than"
        f" --max-bad-share {max_bad_share} allows:"
        f" {counts(pl.read_csv(places.quarantine, infer_schema=False))}; see {places.quarantine}"
    )


def describe(
    run: Run, progress: Progress, places: Places, arms: Arms, *, source: str, target: str
) -> dict[str, Any]:
    """Return the report of a run: its counts, and the versions that decided the scores."""
    return {
        "run_id": run.id,
        "source": source,
        "target": target,
        "quarantine": str(places.quarantine) if progress.quarantined else None,
        "progress": progress.model_dump(),
        "plan": run.plan,
        "versions": {
            "python": platform.python_version(),
            "polars": pl.__version__,
            **dict(model.model.library for model in arms.models),
        },
    }
