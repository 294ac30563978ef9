"""A clean clone of a commit: what everybody else has, with DVC's remote as the commit names it."""

import shutil
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

from .tags import git

FOLDER = Path("build/clone")
CONFIG, LOCAL = Path(".dvc/config"), Path(".dvc/config.local")
PYTHON = Path("requirements/python.txt")  # written by `make setup`, ignored by Git, a dependency
KEPT_HERE = {"url", "remote", "dir"}  # of .dvc/config.local: where bytes are, not how to get them


@contextmanager
def clean_clone(commit: str, cache: Path | None = None) -> Iterator[Path]:
    """Yield this project's folder in a clone of `commit`, which is removed afterwards.

    DVC has a cache of its own there, or uses the given one, and the credentials of this folder.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        top, prefix = git("rev-parse", "--show-toplevel"), git("rev-parse", "--show-prefix")
        git("clone", "--quiet", "--shared", "--no-checkout", top, str(FOLDER))
        quiet = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")
        git("-C", str(FOLDER), *quiet, "checkout", "--quiet", commit)
        project = (FOLDER / prefix).resolve()
        _configure(project, cache)
        if PYTHON.exists():
            shutil.copy(PYTHON, project / PYTHON)
        yield project
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


def _configure(project: Path, cache: Path | None) -> None:
    """Write .dvc/config.local: the credentials of ours, and paths that are relative to here."""
    stated, local = _read(project / CONFIG), _read(LOCAL)
    for section in local.sections():
        for name in KEPT_HERE:
            local.remove_option(section, name)
    for section in stated.sections():
        url = stated.get(section, "url", fallback="").strip("\"'")
        if url and "://" not in url:
            _set(local, section, "url", CONFIG.parent / url)
    if cache:
        _set(local, "cache", "dir", cache)
    with (project / LOCAL).open("w", encoding="utf-8") as file:
        local.write(file)


def _read(path: Path) -> ConfigParser:
    found = ConfigParser(interpolation=None, strict=False)
    found.read(path, encoding="utf-8")
    return found


def _set(config: ConfigParser, section: str, name: str, path: Path) -> None:
    if not config.has_section(section):
        config.add_section(section)
    config.set(section, name, str(path.resolve()))
