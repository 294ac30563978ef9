"""The command `predict --engine spark`: answers a table on all workers, into a folder."""

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from ...data.border import refuse_wrong_columns
from ...data.table import Table
from ...errors import InputError
from ...files import write_json
from ...project import Project
from ...spark.session import session
from ..arms import Arms, open_arms
from ..batch.batch import answer, describe, refuse
from ..batch.open import REPORTS
from ..batch.quarantine import from_texts, write_quarantine
from ..batch.run import Progress, Run, plan_run
from ..batch.source import no_unfit, refuse_empty
from ..batch.target import Places
from .folder import Folder
from .worker import Work, pack

SAMPLE = 1000  # rows whose types are checked before anything is written


@dataclass(frozen=True)
class Options:
    """How to answer: as the options of the command line say."""

    contributions: int
    max_bad_share: float
    partition_by: tuple[str, ...]


def score(
    project: Project,
    source: str,
    target: str,
    *,
    model: Path | None,
    rollout: Path,
    run_id: str,
    reports: Path | None,
    master: str,
    contributions: int,
    max_bad_share: float,
    partition_by: tuple[str, ...],
) -> None:
    """Score the Parquet files at `source` into the folder `target`, as one run."""
    options = Options(contributions, max_bad_share, partition_by)
    arms = open_arms(project, model, rollout)
    run = plan_run(source, None, arms, contributions=contributions, run_id=run_id)
    if not run_id:
        click.echo(f"run {run.id}: if it is killed, repeat it with --run-id {run.id}", err=True)
    places = Places(reports or REPORTS, run.id)
    with session(f"{project.package} predict {run.id}", master) as spark:
        folder = Folder(spark, target.rstrip("/"), run)
        progress = folder.begin()
        if not progress.complete:
            frame = read(spark, source, project.row, partition_by)
            with closing(folder):
                progress = batch(spark, frame, source, folder, arms, run, places, options)
    click.echo(
        f"{progress.scored} rows scored, {progress.quarantined} in quarantine: {folder.name},"
        f" report in {places.report}"
    )


def read(spark: Any, source: str, wanted: Table, partition_by: tuple[str, ...]) -> Any:
    """Return the table at `source` with the columns that are needed.

    Raises InputError when it is empty, or a column is missing or has another type.
    """
    frame = spark.read.parquet(source)
    if unknown := [name for name in partition_by if name not in frame.columns]:
        raise InputError(
            f"--partition-by {unknown[0]}: {source} has no such column, but"
            f" {', '.join(frame.columns)}"
        )
    sample = pl.DataFrame(frame.limit(SAMPLE).toArrow())
    refuse_wrong_columns(sample.lazy(), source=source, table=wanted)
    refuse_empty(source, empty=sample.is_empty())
    needed = {*wanted.columns, *partition_by}
    return frame.select(*(name for name in frame.columns if name in needed))


def batch(
    spark: Any,
    frame: Any,
    source: str,
    folder: Folder,
    arms: Arms,
    run: Run,
    places: Places,
    options: Options,
) -> Progress:
    """Score `frame` into `folder`, and return the progress of the run, which is complete then.

    Raises InputError when more than `max_bad_share` of the rows break a rule.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    rows, context = frame.count(), spark.sparkContext
    found = context.accumulator({}, _by_partition())
    work = Work(
        run_id=run.id,
        package=str(arms.project.package),
        models=context.broadcast(pack(arms)),
        found=found,
        contributions=options.contributions,
        keep=options.partition_by,
        most_bad=options.max_bad_share * rows,
    )
    answers = frame.mapInArrow(work, schema(frame, arms, options))
    answers.write.partitionBy(*options.partition_by).parquet(folder.part)
    parts = [part for _, part in sorted(found.value.items())]
    progress = total(progress for progress, _ in parts)
    write_quarantine(from_texts(text for _, texts in parts for text in texts), places.quarantine)
    too_many = progress.quarantined > work.most_bad
    if not too_many:
        refuse_a_loss(spark, folder, progress, source, rows)
    progress = progress.model_copy(update={"complete": not too_many})
    report = describe(run, progress, places, arms, source=source, target=folder.name) | {
        "started": started.isoformat(),
        "seconds": round(time.perf_counter() - clock, 3),
        "scored_now": progress.scored,
        "spark": {"version": spark.version, "master": context.master},
    }
    write_json(report, places.report)
    if too_many:
        refuse(progress, places, options.max_bad_share)
    folder.finish(report)
    return progress


def schema(frame: Any, arms: Arms, options: Options) -> Any:
    """Return the columns of the answers in the types of Spark."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415
    from pyspark.sql.types import StructType  # noqa: PLC0415

    row = arms.project.row
    nothing = pl.DataFrame(schema={name: column.dtype.type for name, column in row.columns.items()})
    _, answers, _ = answer(nothing, no_unfit(row), arms, contributions=options.contributions)
    kept = [frame.schema[name] for name in options.partition_by]
    return StructType([*from_arrow_schema(answers.to_arrow().schema), *kept])


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


def refuse_a_loss(spark: Any, folder: Folder, progress: Progress, source: str, rows: int) -> None:
    """Raise InputError unless every row was read once and every answer is in the files."""
    if progress.read != rows:
        raise InputError(
            f"{source} has {rows} rows, and {progress.read} were read: it changed meanwhile,"
            " so repeat the run"
        )
    written = spark.read.parquet(folder.part).count() if progress.scored else 0
    if written != progress.scored:
        raise InputError(
            f"{progress.scored} rows were scored, and {folder.part} has {written}: somebody else"
            " writes there, so repeat the run"
        )
