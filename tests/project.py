"""Renders projects from the template, runs their commands and reads the results."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from cookiecutter.main import cookiecutter
from environments import BUILD, SOURCE, TEMPLATE, base, copy, default, interpreter, slot

__all__ = ["SOURCE", "TEMPLATE", "interpreter"]  # of environments
BINARY = (".parquet", ".png")
CHECKED = BUILD / "mypy-project"

# A test's make prints what a user's make prints, also if `make test` started the tests.
for variable in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(variable, None)


def render(folder: Path, **answers: str) -> Path:
    """Render a project below a folder and return its folder."""
    return Path(
        cookiecutter(
            str(TEMPLATE),
            no_input=True,
            overwrite_if_exists=True,
            output_dir=str(folder),
            extra_context=answers,
        )
    )


def hand_out(folder: Path) -> Path:
    """Copy the files of the template that Git tracks or would track, and no others."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in run(listing, TEMPLATE).split("\0")[:-1]:
        if (TEMPLATE / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TEMPLATE / name, folder / name)
    return folder


def content(project: Path) -> dict[str, bytes]:
    """Read every file, by its path in the project."""
    files = (path for path in sorted(project.rglob("*")) if path.is_file())
    return {str(path.relative_to(project)): path.read_bytes() for path in files}


def texts(project: Path) -> dict[str, str]:
    """Read every file that is text, by its path in the project."""
    return {
        name: data.decode() for name, data in content(project).items() if not name.endswith(BINARY)
    }


@cache
def venv(version: str = "") -> Path:
    """Return this process's own environment of the shipped locks, the default project in it.

    It is a copy, so that an installation in one process disturbs no other.
    """
    version = version or default()
    env = copy(base(version), slot() / f"venv-{version}")
    # All projects of this process share mypy's cache, which begins as the one of `make check`.
    cache = slot() / "mypy"
    if not cache.exists() and CHECKED.exists():
        shutil.copytree(CHECKED, cache)
    os.environ["MYPY_CACHE_DIR"] = str(cache)
    install(render(slot(), project_slug="flight-delays"), env)
    return env


def another_venv(folder: Path, version: str = "") -> Path:
    """Return an environment of the shipped locks for a project that has another name."""
    return copy(base(version), folder / "venv")


def install(project: Path, env: Path) -> None:
    """Install a project into an environment that lacks only the project."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    python = f"--python={env / 'bin/python'}"
    run([str(env / "bin/uv"), "pip", "install", python, *options], project)
    (env / ".ready").write_text("dev\n")


def make(project: Path, *arguments: str, env: Path | None = None) -> str:
    """Run make on a project's own sources, in this process's environment unless another is given."""
    own = {"PYTHONPATH": str(project / "src")}
    return run(["make", *arguments, f"VENV={env or venv()}"], project, variables=own)


def dvc(
    project: Path,
    *arguments: str,
    env: Path | None = None,
    variables: dict[str, str] | None = None,
) -> str:
    """Run DVC on a project with its own sources, whichever project was installed last."""
    programs = (env or venv()) / "bin"
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(project / "src")}
    return run([str(programs / "dvc"), *arguments], project, variables=own | (variables or {}))


def run(command: list[str], folder: Path, variables: dict[str, str] | None = None) -> str:
    """Run a command that must succeed and return its output."""
    result = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (variables or {}),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, f"{' '.join(command)} failed:\n{result.stdout}"
    return result.stdout


def stages_run(output: str) -> list[str]:
    """List the stages that `dvc repro` ran, in their order."""
    return re.findall(r"Running stage '([^']+)'", output)
