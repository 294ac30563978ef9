"""A messy notebook on its way to green functions: what a person does, as steps of a test."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from environments import LOCKS, UV
from project import TEMPLATE, another_venv, install, render, run
from shell import IDENTITY

NOTEBOOKS = TEMPLATE / "tests/notebooks"
SOURCES = {"late": "flights"}  # the page docs/notebook.md gives it another name


def environment(folder: Path) -> Path:
    """Return an environment with the lock for notebooks."""
    env = another_venv(folder)
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*command, f"--python={env}/bin/python", f"--requirement={LOCKS}/explore.txt"], TEMPLATE)
    return env


def project(folder: Path, env: Path, *, whole: bool = False) -> Path:
    """Return a new project with the tables of its sample, or the whole ones."""
    made = render(folder, project_slug="flight-delays")
    if not whole:
        shutil.copytree(made / "tests/sample", made / "data/external", dirs_exist_ok=True)
    install(made, env)
    run(["git", "init", "--quiet"], made)
    return made


def variables(made: Path, env: Path) -> dict[str, str]:
    """Return what a shell in the project has with the environment activated."""
    return IDENTITY | {
        "PATH": f"{env}/bin:{os.environ['PATH']}",
        "PYTHONPATH": str(made / "src"),
        "VIRTUAL_ENV": str(env),
    }


def tagged(name: str) -> Path:
    """Return the Python file of a notebook with the right tags."""
    return NOTEBOOKS / f"{SOURCES.get(name, name)}.py"


def messy(name: str, folder: Path, env: Path) -> Path:
    """Make a notebook without tags of the Python file with the right ones."""
    text = tagged(name).read_text()
    (folder / f"{name}.py").write_text(re.sub(r' tags=\["[^"]*"\]', "", text))
    run([f"{env}/bin/jupytext", "--to", "ipynb", "--quiet", f"{name}.py"], folder)
    return folder / f"{name}.ipynb"


def correct(name: str, made: Path) -> None:
    """Leave the notebook's Python file as its author does: each cell has the right tag."""
    target = made / f"notebooks/explorations/{name}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(tagged(name), target)


def fill_in(name: str, made: Path) -> None:
    """Do what somebody typed: the tests, and what ruff, mypy and pandas refuse."""
    run(["git", "apply", str(NOTEBOOKS / f"{name}.patch")], made)


def outcome(name: str, made: Path, env: Path) -> str:
    """Run the tests of what graduated, and return the last line."""
    paths = sorted(str(path) for path in (made / "tests").rglob(f"test_{name}.py"))
    command = [f"{env}/bin/python", "-m", "pytest", "-q", *paths]
    done = subprocess.run(command, cwd=made, check=False, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def check(name: str, made: Path, env: Path) -> None:
    """Run the linter and the type checker on what graduated."""
    modules = [str(path) for path in made.glob(f"src/flight_delays/*/{name}.py")]
    tests = [str(path) for path in made.glob(f"tests/*/test_{name}.py")]
    assert len(modules) == len(tests) == 2
    run([f"{env}/bin/ruff", "check", *modules, *tests], made)
    run([f"{env}/bin/ruff", "format", "--check", *modules, *tests], made)
    run([f"{env}/bin/mypy", "--follow-imports=silent", *modules], made)
    run([f"{env}/bin/lint-imports", "--no-logo", "--no-cache"], made)
