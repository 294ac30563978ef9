"""Tidies Python that was written by a program, with ruff."""

import re
import subprocess
import sys
from pathlib import Path

from ..errors import InputError

# Rules of ruff about names, arguments, numbers, sizes and old spellings, which stay as the notebook
# has them.
KEPT = r"ARG00\d|E741|N8\d\d|PLR09\d\d|PLR2004|RUF00[123]|UP031"
# Fixes that ruff calls unsafe, as they may drop a comment: `return x`, not `x = …; return x`, and
# `{"a": 1}`, not `dict(a=1)`.
UNSAFE = "C408,RET504"


def tidy(text: str, path: Path) -> str:
    """Return Python as ruff formats it, without unused imports; line 1 names broken rules."""
    check = ["check", "--fix-only", "--quiet"]
    text = _ruff(check, text, path)
    fixed = _ruff([*check, f"--select={UNSAFE}", "--unsafe-fixes"], text, path)
    text = fixed if fixed.count("#") == text.count("#") else text
    text = _ruff(["format", "--quiet"], text, path)
    found = _ruff(["check", "--exit-zero", "--quiet", "--output-format=concise"], text, path)
    codes = sorted(set(re.findall(rf":\d+: ({KEPT}) ", found)))
    if not codes:
        return text
    return (
        f"# ruff: noqa: {', '.join(codes)}  as in the notebook: correct, then delete this\n{text}"
    )


def _ruff(command: list[str], text: str, path: Path) -> str:
    """Return what ruff prints about a text that is to be in the file `path`."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(
            f"ruff cannot tidy {path}: {reason}; `make setup LOCK=explore` installs it"
        )
    return done.stdout
