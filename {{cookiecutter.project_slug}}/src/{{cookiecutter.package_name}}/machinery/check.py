"""The checks of a project beyond its linters: locks, data, cards, machinery."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from .data import provenance, sources
from .errors import MISTAKES, InputError, sentence
from .files import sha256
from .project import Project

FENCED = (Path(os.path.relpath(Path(__file__).parent)), Path("scripts"))
CHECKSUMS = "CHECKSUMS"  # of the shipped files, in each fenced folder


PARTS = ("machinery", "locks", "data", "cards")


@click.command()
@click.argument("parts", type=click.Choice(PARTS), nargs=-1)
@click.pass_obj
def check(project: Project, parts: tuple[str, ...]) -> None:
    """Fail with a sentence for every fault in locks, external data and cards, or in PARTS of them.

    It also names the files under machinery/ and scripts/ that differ from the shipped ones. That is
    a warning: you may patch them in an emergency, and an update replaces them.
    """
    failed = False
    for part in parts or PARTS:
        warnings: list[str] = []
        errors: list[str] = []
        try:
            warnings, errors = _found(part, project)
        except MISTAKES as error:
            errors = [sentence(error)]
        for kind, sentences in (("warning", warnings), ("error", errors)):
            for each in sentences:
                click.echo(f"{kind}: {each}", err=True)
        failed |= bool(errors)
    if failed:
        raise SystemExit(1)


def _found(part: str, project: Project) -> tuple[list[str], list[str]]:
    """Return the warnings and the errors about a part."""
    if part == "machinery":
        changed = [each for folder in FENCED for each in patched(folder)]
        return [f"{path} was {how} here: an update replaces it" for path, how in changed], []
    if part == "locks":
        from . import locks  # noqa: PLC0415  the serving image has no `packaging`

        return [], list(locks.check())
    if part == "data":
        return [], [*provenance.check(), *sources.check()]
    from .model import card  # noqa: PLC0415  Jinja takes a moment

    return [], card.check(project)


def patched(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files in `folder` that differ from the shipped ones: changed, removed or added.

    Raises InputError without checksums.
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
