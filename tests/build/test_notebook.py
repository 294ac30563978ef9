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
    said = [run(["bash", "-ec", block], project, own) for block in steps]
    assert "is the external table flights" in said[0]
    assert "42 tags proposed" in said[1]
    assert "left cell 12: it is a plot" in said[3]
    assert "| auc | equal | float |" in said[4]
    run([f"{environment}/bin/ruff", "check", "--select=F", "src", "tests"], project)
    command = [f"{environment}/bin/python", "-m", "pytest", "-q", "tests/data/test_late.py"]
    done = subprocess.run(command, cwd=project, check=False, capture_output=True, text=True)
    assert re.search(r"^7 failed", done.stdout, re.MULTILINE), done.stdout


def messy(folder: Path, environment: Path) -> Path:
    """Make a notebook without tags of the Python file with the right ones."""
    text = (TEMPLATE / "tests/notebooks/flights.py").read_text()
    (folder / "late.py").write_text(re.sub(r' tags=\["[^"]*"\]', "", text))
    run([f"{environment}/bin/jupytext", "--to", "ipynb", "--quiet", "late.py"], folder)
    return folder / "late.ipynb"
