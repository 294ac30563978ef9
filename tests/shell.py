"""A copy of a project, and commands in it as in its user's shell."""

import json
import os
import shutil
from pathlib import Path

from pages import serving
from project import run, venv

IDENTITY = {
    f"GIT_{role}_{field}": "ada@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}


def begin(project: Path, folder: Path) -> Path:
    """Copy a project that is set up below `folder`, with the shared environment as its own."""
    copy = folder / "flight-delays"
    shutil.copytree(project, copy, symlinks=True, ignore=shutil.ignore_patterns("build"))
    (copy / ".venv").symlink_to(venv())
    return copy


def say(folder: Path, block: str, own: dict[str, str]) -> str:
    """Run a block as in the shell of a user who has activated the environment."""
    return run(["bash", "-ec", block], folder, variables(folder) | own)


def variables(folder: Path) -> dict[str, str]:
    """Return the variables of such a shell."""
    path = f"{venv() / 'bin'}:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(folder / "src"), "OMP_NUM_THREADS": "1"}
    return own | IDENTITY


def served(folder: Path, ask: str) -> dict[str, object]:
    """Ask the service, as the page does, and return its answer."""
    with serving(folder, variables=variables(folder)):
        answers: list[dict[str, object]] = json.loads(say(folder, ask, {}))["predictions"]
    return answers[0]
