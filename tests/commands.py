"""Runs a project's own command and its scripts, as its users do in its activated environment."""

import os
from pathlib import Path

from project import run, venv


def run_command(project: Path, *arguments: str) -> str:
    """Run the project's command on its own sources and return its output."""
    return run([str(venv() / "bin/flight-delays"), *arguments], project, activated(project, venv()))


def run_script(project: Path, name: str, *arguments: str, env: Path | None = None) -> str:
    """Run a shell script of the project and return its output."""
    return run(["sh", f"scripts/{name}", *arguments], project, activated(project, env or venv()))


def activated(project: Path, env: Path) -> dict[str, str]:
    """Return the variables of a shell in which an environment is activated."""
    path = f"{env / 'bin'}:{os.environ['PATH']}"
    return {"PATH": path, "VENV": str(env), "PYTHONPATH": str(project / "src")}
