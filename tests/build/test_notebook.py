"""The page docs/notebook.md takes a messy notebook to functions with the same results."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from environments import LOCKS, UV
from pages import blocks
from project import TEMPLATE, another_venv, install, render, run
from shell import IDENTITY

PAGE = "docs/notebook.md"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the lock for notebooks."""
    env = another_venv(tmp_path_factory.mktemp("explore"))
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*command, f"--python={env}/bin/python", f"--requirement={LOCKS}/explore.txt"], TEMPLATE)
    return env


def test_the_page_takes_a_notebook_to_functions_with_equal_results(
    environment: Path, tmp_path: Path
) -> None:
    project = render(tmp_path, project_slug="flight-delays")
    shutil.copytree(project / "tests/sample", project / "data/external", dirs_exist_ok=True)
    install(project, environment)
    run(["git", "init", "--quiet"], project)
    own = {"FILE": str(messy(tmp_path, environment)), "PYTHONPATH": str(project / "src")}
    own |= {"PATH": f"{environment}/bin:{os.environ['PATH']}"} | IDENTITY
    setup, file, *steps = blocks((TEMPLATE / PAGE).read_text())
    assert "LOCK=explore" in setup
    assert "FILE=" in file
    done = [run(["bash", "-ec", block], project, own) for block in steps[:3]]
    assert "is the external table flights" in done[0]
    assert "42 tags proposed" in done[1]
    assert "left cell 12: it is a plot" in done[2]
    assert "the functions need pandas, " in done[2]
    assert outcome(project, environment).startswith("10 failed")

    # What somebody typed: the tests filled in, and what ruff and pandas refuse.
    run(["git", "apply", str(TEMPLATE / "tests/notebooks/late.patch")], project)
    assert outcome(project, environment).startswith("10 passed")
    run([f"{environment}/bin/ruff", "check", "src", "tests"], project)
    modules = [str(path) for path in (project / "src/flight_delays").glob("*/late.py")]
    assert len(modules) == 3
    run([f"{environment}/bin/mypy", "--follow-imports=silent", *modules], project)
    assert "auc     equal  float" in run(["bash", "-ec", steps[3]], project, own)


def outcome(project: Path, environment: Path) -> str:
    """Run the tests of what graduated, and return the last line."""
    paths = sorted(str(path) for path in (project / "tests").rglob("test_late.py"))
    command = [f"{environment}/bin/python", "-m", "pytest", "-q", *paths]
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def messy(folder: Path, environment: Path) -> Path:
    """Make a notebook without tags of the Python file with the right ones."""
    text = (TEMPLATE / "tests/notebooks/flights.py").read_text()
    (folder / "late.py").write_text(re.sub(r' tags=\["[^"]*"\]', "", text))
    run([f"{environment}/bin/jupytext", "--to", "ipynb", "--quiet", "late.py"], folder)
    return folder / "late.ipynb"
