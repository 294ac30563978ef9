"""The command `predict`: opens source, models and target, runs the batch, and prints its result."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy.engine import URL

from ...database import is_url, parse, reported
from ...errors import InputError
from ...project import Project
from ..arms import Arms, open_arms
from ..log import pauses, rollouts
from ..log.pauses import Paused
from ..log.tables import open_tables
from .batch import batch
from .open import open_source, open_target
from .progress import shown
from .raw_tables import RawTables, raw_tables
from .run import plan_run
from .shard import parse as parse_shard


def score(
    project: Project,
    *paths: str,
    tables: Path | None,
    upcoming: bool,
    table: str,
    query: str,
    model: Path | None,
    rollout: Path,
    shard: str,
    run_id: str,
    contributions: int,
    max_bad_share: float,
    reports: Path | None,
) -> None:
    """Score the rows of the first of `paths`, or of the raw `tables`, into the last one."""
    if upcoming and not tables:
        raise InputError("--upcoming belongs to --tables: other sources are scored as they are")
    part = parse_shard(shard)
    if part and tables:
        raise InputError("--shard is a part of Parquet files: make the rows of --tables first")
    found = (
        _raw(project, tables, table or query, upcoming=upcoming)
        if tables
        else open_source(paths[0], project.row, table=table, query=query, shard=part)
    )
    into = parse(paths[-1]) if is_url(paths[-1]) else None
    arms = open_arms(project, model, rollout, paused=paused(into))
    run = plan_run(
        found.name, found.sha256, arms, contributions=contributions, run_id=run_id, shard=part
    )
    target, places = open_target(paths[-1], run, reports=reports)
    if is_url(paths[-1]) and not found.sha256 and not run_id:
        click.echo(f"run {run.id}: if it is killed, --run-id {run.id} continues it", err=True)
    if into and not model:
        began(arms, into)
    source = found.source(places) if isinstance(found, RawTables) else found
    progress = batch(
        source,
        target,
        arms,
        run=run,
        places=places,
        contributions=contributions,
        max_bad_share=max_bad_share,
        show=partial(shown, rows=source.rows),
    )
    for known in source.details.get("tables", {}).values():
        bad = f"{known['quarantined']} raw rows in quarantine: {known['quarantine']}"
        click.echo(bad, err=True)
    click.echo(
        f"{progress.scored} rows scored, {progress.quarantined} in quarantine: {target.name},"
        f" report in {places.report}"
    )


def paused(url: URL | None) -> Paused:
    """Return which challengers the database to write to has paused; other targets have none."""
    if not url:
        return frozenset()
    with reported(url), open_tables(url).connect() as connection:
        return pauses.read(connection)


def began(arms: Arms, url: URL) -> None:
    """Note in the database at `url` by which rollout it gets answers from now on."""
    with reported(url), open_tables(url).begin() as connection:
        row = rollouts.row(arms.rollout, arms.versions, datetime.now(UTC))
        rollouts.write(connection, row)


def _raw(project: Project, folder: Path, source: str, *, upcoming: bool) -> RawTables:
    if source:
        raise InputError("--table and --query belong to the URL of a database, not to --tables")
    return raw_tables(project, folder, upcoming=upcoming)
