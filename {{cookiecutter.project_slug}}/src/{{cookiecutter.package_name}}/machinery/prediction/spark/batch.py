"""One run on Spark: every row is answered once, and what the workers found is brought together."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import polars as pl

from ...data.table import types
from ...errors import InputError
from ...files import write_json
from ...spark.frames import kinds
from ..arms import Arms
from ..batch.batch import answer, describe, refuse
from ..batch.quarantine import from_texts, write_quarantine
from ..batch.run import Progress, Run
from ..batch.source import no_unfit
from ..batch.target import Places
from .worker import Work, pack


@dataclass(frozen=True)
class Options:
    """How to answer: as the options of the command line say."""

    contributions: int
    max_bad_share: float
    partition_by: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """The rows to answer: a frame of them, or of the numbers of the parts of a `snapshot`."""

    frame: Any
    rows: int
    snapshot: Any


class Target(Protocol):
    """Where the answers go: a Folder or a Database."""

    name: str

    @property
    def records(self) -> Any:
        """Return where workers write by themselves, or None."""

    def take(self, answers: Any, partition_by: tuple[str, ...]) -> None:
        """Write the frame of answers, which computes it."""

    def written(self) -> int:
        """Return how many answers of the run are there."""

    def finish(self, report: dict[str, Any]) -> None:
        """Publish the answers as a whole."""


def batch(
    spark: Any,
    given: Given,
    source: str,
    target: Target,
    arms: Arms,
    run: Run,
    places: Places,
    options: Options,
) -> Progress:
    """Answer the rows into `target`, and return the progress of the run, which is complete then.

    Raises InputError when more than `max_bad_share` of the rows break a rule.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    context = spark.sparkContext
    found = context.accumulator({}, _by_partition())
    work = Work(
        run_id=run.id,
        package=str(arms.project.package),
        models=context.broadcast(pack(arms)),
        database=context.broadcast((given.snapshot, target.records)),
        found=found,
        contributions=options.contributions,
        keep=options.partition_by,
        most_bad=options.max_bad_share * given.rows,
    )
    answers = given.frame.mapInArrow(work, schema(given.frame, arms, options))
    target.take(answers, options.partition_by)
    parts = [part for _, part in sorted(found.value.items())]
    progress = total(progress for progress, _ in parts)
    write_quarantine(from_texts(text for _, texts in parts for text in texts), places.quarantine)
    too_many = progress.quarantined > work.most_bad
    if not too_many:
        refuse_a_loss(progress, given.rows, target, source)
    progress = progress.model_copy(update={"complete": not too_many})
    report = describe(run, progress, places, arms, source=source, target=target.name) | {
        "started": started.isoformat(),
        "seconds": round(time.perf_counter() - clock, 3),
        "scored_now": progress.scored,
        "spark": {"version": spark.version, "master": context.master},
    }
    write_json(report, places.report)
    if too_many:
        refuse(progress, places, options.max_bad_share)
    target.finish(report)
    return progress


def schema(frame: Any, arms: Arms, options: Options) -> Any:
    """Return the columns of the answers in the types of Spark."""
    from pyspark.sql.types import StructType  # noqa: PLC0415

    row = arms.project.row
    nothing = pl.DataFrame(schema=types(row))
    _, answers, _ = answer(nothing, no_unfit(row), arms, contributions=options.contributions)
    kept = [frame.schema[name] for name in options.partition_by]
    return StructType([*kinds(answers), *kept])


def _by_partition() -> Any:
    from pyspark.accumulators import AccumulatorParam  # noqa: PLC0415

    class ByPartition(AccumulatorParam):  # type: ignore[misc,type-arg,unused-ignore]
        """What each partition found; one that ran twice counts once."""

        def zero(self, value: dict[int, Any]) -> dict[int, Any]:  # noqa: ARG002
            return {}

        def addInPlace(self, value1: dict[int, Any], value2: dict[int, Any]) -> dict[int, Any]:  # noqa: N802
            value1.update(value2)
            return value1

    return ByPartition()


def total(parts: Iterable[Progress]) -> Progress:
    """Return the progress of a run from that of its partitions."""
    known = list(parts)
    arms = sorted({arm for part in known for arm in part.arms})
    return Progress(
        chunks=sum(part.chunks for part in known),
        scored=sum(part.scored for part in known),
        quarantined=sum(part.quarantined for part in known),
        arms={arm: sum(part.arms.get(arm, 0) for part in known) for arm in arms},
    )


def refuse_a_loss(progress: Progress, rows: int, target: Target, source: str) -> None:
    """Raise InputError unless every row was read once and every answer is in the target."""
    if progress.read != rows:
        raise InputError(
            f"{source} has {rows} rows, and {progress.read} were read: it changed meanwhile,"
            " so repeat the run"
        )
    written = target.written() if progress.scored else 0
    if written != progress.scored:
        raise InputError(
            f"{progress.scored} rows were scored, and {target.name} has {written}: somebody else"
            " writes there, so repeat the run"
        )
