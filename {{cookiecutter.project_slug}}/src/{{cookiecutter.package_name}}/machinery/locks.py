"""Reads the locks under requirements/, and says when they are older than pyproject.toml."""

import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALONE = ("explore", "spark")  # extras with a lock of their own


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package that a lock's text pins for this Python and platform."""
    lines = (line.split("#")[0].rstrip("\\ ") for line in lock.splitlines())
    found = [Requirement(line) for line in lines if "==" in line and line[0].isalnum()]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in found
        if pin.marker is None or pin.marker.evaluate()
    }


def unmet(pyproject: str, lock: str, extras: Collection[str] | None = None) -> Iterator[str]:
    """Yield each requirement in pyproject.toml's text that a lock's text does not meet.

    Only these `extras` count, where they are given.
    """
    project, versions = tomllib.loads(pyproject)["project"], pins(lock)
    known = project.get("optional-dependencies", {})
    wanted_by = [lines for extra, lines in known.items() if extras is None or extra in extras]
    for line in [*project["dependencies"], *(line for lines in wanted_by for line in lines)]:
        wanted = Requirement(line)
        version = versions.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            yield line


def check(
    pyproject: Path = Path("pyproject.toml"), lock: Path = Path("requirements/dev.txt")
) -> Iterator[str]:
    """Yield a sentence when `lock` is older than `pyproject`, naming the requirements.

    The locks of single extras, next to it, hold only what it lacks, each without the others.
    """
    wanted, text = pyproject.read_text(encoding="utf-8"), lock.read_text(encoding="utf-8")
    extras = tomllib.loads(wanted)["project"].get("optional-dependencies", {})
    own = [extra for extra in ALONE if extra in extras]
    missing = dict.fromkeys(unmet(wanted, text, extras.keys() - set(own)))
    for extra in own:
        more = lock.with_name(f"{extra}.txt")
        both = text + (more.read_text(encoding="utf-8") if more.is_file() else "")
        # Where its lock cannot be compiled, it pins what the others do not have.
        missing |= dict.fromkeys(
            each for each in unmet(wanted, both, {extra}) if each in extras[extra]
        )
    if missing:
        lacks = ", ".join(missing)
        yield f"{lock} is older than {pyproject}, it lacks {lacks}: run `make lock`"
