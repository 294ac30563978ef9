"""Reads the locks under requirements/, and says when they are older than pyproject.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package that a lock's text pins for this Python and platform."""
    lines = (line.split("#")[0].rstrip("\\ ") for line in lock.splitlines())
    found = [Requirement(line) for line in lines if "==" in line and line[0].isalnum()]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in found
        if pin.marker is None or pin.marker.evaluate()
    }


def unmet(pyproject: str, lock: str) -> Iterator[str]:
    """Yield each requirement in pyproject.toml's text that a lock's text does not meet."""
    project, versions = tomllib.loads(pyproject)["project"], pins(lock)
    extras = project.get("optional-dependencies", {}).values()
    for line in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        wanted = Requirement(line)
        version = versions.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            yield line


def check(
    pyproject: Path = Path("pyproject.toml"), lock: Path = Path("requirements/dev.txt")
) -> Iterator[str]:
    """Yield a sentence when `lock` is older than `pyproject`, naming the requirements.

    The lock for notebooks, next to it, holds only what it lacks.
    """
    more = lock.with_name("explore.txt")
    text = lock.read_text(encoding="utf-8")
    text += more.read_text(encoding="utf-8") if more.is_file() else ""
    missing = list(unmet(pyproject.read_text(encoding="utf-8"), text))
    if missing:
        lacks = ", ".join(missing)
        yield f"{lock} is older than {pyproject}, it lacks {lacks}: run `make lock`"
