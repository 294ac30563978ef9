"""Runs DVC."""

import sys
from pathlib import Path

from ..errors import InputError
from .watch import run


def dvc(
    *arguments: str | Path, advice: str, filling: Path | None = None, cwd: Path | None = None
) -> str:
    """Run DVC, in the folder `cwd` if given, and return its output.

    Raise InputError with DVC's reason if it fails.

    Where it is `filling` a folder, it is stopped as soon as that no longer grows.
    """
    done = run([sys.executable, "-m", "dvc", *map(str, arguments)], filling=filling, cwd=cwd)
    if done.returncode:
        lines = done.stderr.splitlines() or ["it gave no reason"]
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines
        reason = errors[-1].removeprefix("ERROR: ").rpartition(" - ")[2]
        if reason.startswith("config file error"):
            advice = "correct .dvc/config or .dvc/config.local"
        raise InputError(f"dvc {arguments[0]} failed: {reason}; {advice}")
    return done.stdout
