"""What `make check` asks of a project beyond its linters: locks, data, cards, machinery."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import click

from . import locks
from .data import provenance, sources
from .errors import MISTAKES, InputError, sentence
from .project import Project

FENCED = (Path(__file__).parent, Path("scripts"))
CHECKSUMS = "CHECKSUMS"  # of the files as they were shipped, in each fenced folder


@click.command()
@click.pass_obj
def check(project: Project) -> None:
    """Fail with a sentence for every fault in the locks, the external data and the cards.

    It also names the files under machinery/ and scripts/ that differ from the shipped ones, which
    is a warning: an update replaces them.
    """
    for folder in FENCED:
        for path in patched(folder):
            click.echo(f"warning: {path} was patched here: an update replaces it", err=True)
    faults = [*_faults(project)]
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
    if faults:
        raise SystemExit(1)


def _faults(project: Project) -> Iterator[str]:
    from .model import card  # noqa: PLC0415  Jinja and the tables' schemas take a moment

    for ask in (locks.check, provenance.check, sources.check, lambda: card.check(project)):
        try:
            yield from ask()
        except MISTAKES as error:
            yield sentence(error)


def patched(folder: Path) -> list[Path]:
    """Return the files in `folder` that were changed, removed or added since they were shipped."""
    stated = folder / CHECKSUMS
    if not stated.is_file():
        raise InputError(f"{stated} is missing: `git checkout` it, or take it from an update")
    shipped = dict(
        line.split("  ", 1)[::-1] for line in stated.read_text(encoding="utf-8").splitlines()
    )
    here = {path.relative_to(folder).as_posix(): path for path in files(folder)}
    return [
        folder / name
        for name in sorted({*shipped, *here})
        if name not in here or shipped.get(name) != _digest(here[name])
    ]


def files(folder: Path) -> list[Path]:
    """Return the files of `folder` that have a checksum: all but bytecode and the list itself."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.name != CHECKSUMS
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
