"""The command `predict --engine spark`: answers a table on all workers."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from ...data.border import refuse_wrong_columns
from ...data.table import Table
from ...database import is_database, name, parse
from ...errors import InputError
from ...project import Project
from ...spark.frames import collected, quoted
from ...spark.session import session
from ..arms import open_arms
from ..batch.database_target import database_target
from ..batch.open import REPORTS
from ..batch.run import plan_run
from ..batch.score import began, paused
from ..batch.source import refuse_empty
from ..batch.target import Places
from .batch import Given, Options, batch
from .folder import Folder
from .postgresql import Database, refuse_others, snapshot

SAMPLE = 1000  # rows whose types are checked before anything is written


def score(
    project: Project,
    source: str,
    target: str,
    *,
    table: str,
    query: str,
    model: Path | None,
    rollout: Path,
    run_id: str,
    reports: Path | None,
    master: str,
    contributions: int,
    max_bad_share: float,
    partition_by: tuple[str, ...],
) -> None:
    """Score the rows at `source` into `target`, each a folder or a database, as one run."""
    options = Options(contributions, max_bad_share, partition_by)
    out_of, into = (parse(each) if is_database(each) else None for each in (source, target))
    for url in filter(None, (out_of, into)):
        refuse_others(url)
    if partition_by and (out_of or into):
        raise InputError("--partition-by is for answers in a folder, of rows in Parquet files")
    if (table or query) and not out_of:
        raise InputError(f"{source} is a file: --table and --query belong to the URL of a database")
    arms = open_arms(project, model, rollout, paused=paused(into))
    shown = f"{name(out_of)} {table or query}" if out_of else source
    run = plan_run(shown, None, arms, contributions=contributions, run_id=run_id)
    if into:
        run.plan["engine"] = "spark"  # one process counts its progress in another way
    if not run_id:
        click.echo(f"run {run.id}: if it is killed, repeat it with --run-id {run.id}", err=True)
    places = Places(reports or REPORTS, run.id)
    with session(f"{project.package} predict {run.id}", master) as spark:
        made = (
            Database(database_target(into), target, run)
            if into
            else Folder(spark, target.rstrip("/"), run)
        )
        progress = made.begin()
        if not progress.complete:
            if into and not model:
                began(arms, into)
            with closing(made), given(spark, source, project.row, table, query, options) as rows:
                progress = batch(spark, rows, shown, made, arms, run, places, options)
    click.echo(
        f"{progress.scored} rows scored, {progress.quarantined} in quarantine: {made.name},"
        f" report in {places.report}"
    )


@contextmanager
def given(
    spark: Any, source: str, wanted: Table, table: str, query: str, options: Options
) -> Iterator[Given]:
    """Open the table at `source`.

    Raises InputError when it is empty, or a column is missing or has another type.
    """
    if is_database(source):
        parts = 2 * spark.sparkContext.defaultParallelism  # so that a slow one is a small one
        with snapshot(source, wanted, parts, table=table, query=query) as (found, rows):
            yield Given(spark.range(0, parts, 1, parts), rows, found)
        return
    frame = read(spark, source, wanted, options.partition_by)
    yield Given(frame, frame.count(), None)


def read(spark: Any, source: str, wanted: Table, partition_by: tuple[str, ...]) -> Any:
    """Return the Parquet files at `source` with the columns that are needed.

    Raises InputError when there are no rows, or a column is missing or has another type.
    """
    frame = spark.read.parquet(source)
    if unknown := [name for name in partition_by if name not in frame.columns]:
        raise InputError(
            f"--partition-by {unknown[0]}: {source} has no such column, but"
            f" {', '.join(frame.columns)}"
        )
    sample = collected(frame.limit(SAMPLE))
    refuse_wrong_columns(sample.lazy(), source=source, table=wanted)
    refuse_empty(source, empty=sample.is_empty())
    needed = {*wanted.columns, *partition_by}
    return frame.select(*(quoted(name) for name in frame.columns if name in needed))
