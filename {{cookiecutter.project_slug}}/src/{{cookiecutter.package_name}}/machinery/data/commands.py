"""The commands under `data`; external.py, provenance.py and refresh.py do the work."""

from datetime import UTC, date, datetime

import click

from .. import params
from ..project import Project
from . import external, provenance, refresh, sources


def today() -> date:
    """Return the day in UTC; no other module reads a clock."""
    return datetime.now(UTC).date()


@click.group()
def data() -> None:
    """Add external tables, fetch them again, check where they came from."""


@data.command()
@click.argument("url")
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
def add(url: str, *, name: str, description: str, source: str | None, **meta: str) -> None:
    """Import the table at URL, or add a file, and record where it came from."""
    desc = description or f"The table at {source or url}"
    known = {"source": source, **meta} if source else meta
    table = external.add(url, name=name, desc=desc, meta=known, today=today())
    changed = f"{table}.dvc, {table.parent}/.gitignore and {sources.SOURCES}"
    click.echo(f"{table} imported: commit {changed}")


@data.command()
@click.argument("name")
def update(name: str) -> None:
    """Fetch the imported table NAME again."""
    changed = external.update(name, today())
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
    for line in external.setup():
        click.echo(line)


@data.command("refresh")
@click.pass_obj
def bring_up_to_date(project: Project) -> None:
    """Fetch missing and overdue tables, as `make repro` does first."""
    when_overdue = params.load(project.params).external.when_overdue
    for line in refresh.refresh(today(), when_overdue=when_overdue):
        click.echo(line, err=line.startswith("warning:"))
