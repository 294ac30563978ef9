"""Batch: rows of a source, by the border, to answers in a target, chunk by chunk."""

import platform
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn

import polars as pl
import polars.selectors as cs
import xgboost as xgb

from ...data.border import counts, separate
from ...data.table import Table
from ...errors import InputError
from ...files import write_json
from ..arms import Arms
from ..predict import predict
from .run import Progress, Run, clear, gather_quarantine, put_aside, workspace
from .source import Source
from .target import Places, Target

Chunks = Iterator[tuple[pl.DataFrame, pl.DataFrame]]


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
    """Score what `run` has not scored yet, and return how far it is then: complete.

    Raises InputError when more than `max_bad_share` of the rows break a rule; what was scored
    until then is kept, and the same run can continue.
    """
    with workspace(places.workspace) as folder:
        started, clock = datetime.now(UTC), time.perf_counter()
        begun = progress = target.begin(run)
        if begun.complete:
            clear(folder)
            return begun
        for rows, unfit in show(source.chunks(begun.chunks)):
            good, bad = examine(rows, unfit, arms.project.row)
            put_aside(bad, folder, progress.chunks)
            answers = predict(good, arms, contributions=contributions)
            after = progress.plus(answers, bad)
            target.write(run, progress, after, good, answers)
            progress = after
            if source.rows and after.quarantined > max_bad_share * source.rows:
                break
        too_many = progress.quarantined > max_bad_share * (source.rows or progress.read)
        progress = progress.model_copy(update={"complete": not too_many})
        if progress.quarantined:
            gather_quarantine(folder, places.quarantine)
        times = {"started": started.isoformat(), "seconds": round(time.perf_counter() - clock, 3)}
        report = describe(run, source, target, progress, places)
        write_json(report | times | {"scored_now": progress.scored - begun.scored}, places.report)
        if too_many:
            refuse(progress, places, max_bad_share)
        target.finish(run, progress)
        clear(folder)
    return progress


def examine(
    rows: pl.DataFrame, unfit: pl.DataFrame, table: Table
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that obey `table`, and as text with `rule` the others and the `unfit`."""
    good, broken = separate(rows.with_columns(cs.float().fill_nan(None)), table)
    return good, pl.concat([unfit, broken.cast(pl.String)])


def refuse(progress: Progress, places: Places, max_bad_share: float) -> NoReturn:
    """Raise InputError that says which rules were broken most."""
    raise InputError(
        f"{progress.quarantined} of {progress.read} rows break a rule, more than"
        f" --max-bad-share {max_bad_share} allows:"
        f" {counts(pl.read_csv(places.quarantine, infer_schema=False))}; see {places.quarantine}"
    )


def describe(
    run: Run, source: Source, target: Target, progress: Progress, places: Places
) -> dict[str, Any]:
    """Return what is known of a run: its counts, and the versions that decided the scores."""
    return {
        "run_id": run.id,
        "source": source.name,
        "target": target.name,
        "quarantine": str(places.quarantine) if progress.quarantined else None,
        "progress": progress.model_dump(),
        "plan": run.plan,
        "versions": {
            "python": platform.python_version(),
            "polars": pl.__version__,
            "xgboost": xgb.__version__,
        },
    }
