"""What `make check` asks of a project beyond its linters: locks, data, cards, machinery."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from . import locks
from .data import provenance, sources
from .errors import MISTAKES, InputError, sentence
from .files import sha256
from .project import Project

FENCED = (Path(os.path.relpath(Path(__file__).parent)), Path("scripts"))
CHECKSUMS = "CHECKSUMS"  # of the files as they were shipped, in each fenced folder


@click.command()
@click.pass_obj
def check(project: Project) -> None:
    """Fail with a sentence for every fault in the locks, the external data and the cards.

    It also names the files under machinery/ and scripts/ that differ from the shipped ones, which
    is a warning: an update replaces them.
    """
    for folder in FENCED:
        for path, how in patched(folder):
            click.echo(f"warning: {path} was {how} here: an update replaces it", err=True)
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


def patched(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files in `folder` that are not as they were shipped, each with what became of it.

    What became of it is `changed`, `removed` or `added`. Raises InputError without checksums.
    """
    stated = folder / CHECKSUMS
    if not stated.is_file():
        raise InputError(f"{stated} is missing: `git checkout` it, or take it from an update")
    lines = (line.partition("  ") for line in stated.read_text(encoding="utf-8").splitlines())
    shipped = {name: digest for digest, _, name in lines}
    here = {path.relative_to(folder).as_posix(): path for path in files(folder)}
    for name in sorted({*shipped, *here}):
        if name not in here:
            yield folder / name, "removed"
        elif name not in shipped:
            yield folder / name, "added"
        elif shipped[name] != sha256(here[name]):
            yield folder / name, "changed"


def files(folder: Path) -> list[Path]:
    """Return the files of `folder` that have a checksum: not bytecode, hidden ones, or the list."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != CHECKSUMS and not _cached(path.relative_to(folder))
    ]


def _cached(path: Path) -> bool:
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)
