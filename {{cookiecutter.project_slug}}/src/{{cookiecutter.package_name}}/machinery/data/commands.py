"""The commands under `data`; external.py, provenance.py and refresh.py do the work."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from .. import params
from ..project import Project
from . import external, provenance, refresh, sources, storage
from . import sample as samples
from .reading import Reading


def today() -> date:
    """Return the day in UTC; no other module reads a clock."""
    return datetime.now(UTC).date()


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let `command` take the options that say how a table is read, as its `reading`."""

    @wraps(command)
    def called(
        *arguments: str,
        query: str,
        separator: str,
        decimal: str,
        date_format: tuple[str, ...],
        null: tuple[str, ...],
        **more: str,
    ) -> None:
        tab = separator.replace("\\t", "\t")
        reading = Reading(
            query=query, separator=tab, decimal=decimal, date_formats=date_format, nulls=null
        )
        command(*arguments, reading=reading, **more)

    many: dict[str, Any] = {"multiple": True}
    for name, more, text in (
        ("--null", many, "CSV: a text that means a missing value, such as NA."),
        ("--date-format", many, "CSV: how dates are written, such as %d/%m/%Y."),
        ("--decimal", {"default": ""}, "CSV: the decimal mark, a point or a comma."),
        ("--separator", {"default": ""}, "CSV: what separates the fields."),
        ("--query", {"default": ""}, "What to select, where ORIGIN is the URL of a database."),
    ):
        called = click.option(name, help=text, **more)(called)
    return called


@click.group()
def data() -> None:
    """Add external tables, take their next versions, check where they came from."""


@data.command()
@click.argument("origin")
@click.option("--name", required=True, help="Name of the table in this project.")
@click.option("--license", required=True, help="SPDX identifier, one that pyproject.toml allows.")
@click.option("--owner", required=True, help="Who is responsible for the table.")
@click.option("--source", help="Where a file came from; not needed for a URL.")
@click.option("--description", default="", help="What one row is.")
@click.option(
    "--refresh",
    type=click.Choice(list(provenance.CADENCES)),
    default="unknown",
    show_default=True,
    help="How often to fetch it.",
)
@click.option(
    "--personal-data",
    type=click.Choice(provenance.PERSONAL_DATA),
    default="unknown",
    show_default=True,
    help="Which personal data it holds.",
)
@reading_options
def add(
    origin: str, *, name: str, description: str, source: str | None, reading: Reading, **meta: str
) -> None:
    """Take in the table at ORIGIN as Parquet, and record where it came from.

    ORIGIN is a URL, a file or folder of Parquet or CSV files, or, with --query, a database.
    """
    desc = description or f"The table at {source or origin}"
    known = {"source": source, **meta} if source else meta
    table = external.add(origin, name=name, desc=desc, meta=known, reading=reading, today=today())
    changed = f"{table}.dvc, {table.parent}/.gitignore and {sources.SOURCES}"
    click.echo(f"{table} imported: commit {changed}")


@data.command()
@click.argument("name")
@click.argument("origin", default="")
@reading_options
def update(name: str, origin: str, *, reading: Reading) -> None:
    """Take the next version of the table NAME: from where it came from, or from ORIGIN."""
    changed = external.update(name, today(), origin, reading)
    click.echo(f"{name} changed: commit its pointer" if changed else f"{name} did not change")


@data.command()
def check() -> None:
    """Fail with a sentence for every fault in the external data and its pointers."""
    for table in provenance.missing():
        click.echo(f"{table} is missing, so its sha256 is not checked: `dvc pull` fetches it")
    faults = provenance.check() or sources.check()
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
    if faults:
        raise SystemExit(1)


@data.command()
def setup() -> None:
    """Put the tables that are here into DVC's cache and create a missing folder remote."""
    for line in storage.setup():
        click.echo(line)


@data.command("refresh")
@click.pass_obj
def bring_up_to_date(project: Project) -> None:
    """Fetch missing and overdue tables, as `make repro` does first."""
    when_overdue = params.load(project.params).external.when_overdue
    for line in refresh.refresh(today(), when_overdue=when_overdue):
        click.echo(line, err=line.startswith("warning:"))


@data.command()
@click.argument("group", required=False)
@click.pass_obj
def sample(project: Project, group: str | None) -> None:
    """Take about 2,000 rows that belong together into tests/sample: whole groups of GROUP.

    Without GROUP, those of split.group; tables without that column keep what is joined to them.
    """
    group = group or params.load(project.params).split.group
    for line in samples.main(project, Path("data/external"), Path("tests/sample"), group):
        click.echo(line)
