"""What `make check` asks of a project beyond its linters: locks, data, cards, machinery."""

import hashlib
from pathlib import Path

import click

from .data import provenance, sources
from .errors import MISTAKES, InputError, sentence
from .project import Project

FENCED = (Path(__file__).parent, Path("scripts"))
CHECKSUMS = "CHECKSUMS"  # of the files as they were shipped, in each fenced folder


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
        for fault in _faults(part, project):
            kind = "warning" if part == "machinery" else "error"
            click.echo(f"{kind}: {fault}", err=True)
            failed |= kind == "error"
    if failed:
        raise SystemExit(1)


def _faults(part: str, project: Project) -> list[str]:
    try:
        match part:
            case "machinery":
                return [
                    f"{path} was patched here: an update replaces it"
                    for folder in FENCED
                    for path in patched(folder)
                ]
            case "locks":
                from . import locks  # noqa: PLC0415  the serving image has no `packaging`

                return list(locks.check())
            case "data":
                return [*provenance.check(), *sources.check()]
            case _:
                from .model import card  # noqa: PLC0415  Jinja takes a moment

                return card.check(project)
    except MISTAKES as error:
        return [sentence(error)]


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
