"""The tour of the template, walked from its first block to its last, on the tables of the sample."""

import json
import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest
from pages import blocks, serving
from project import TEMPLATE, dvc, run, venv
from releases import take_tables

# The fixture makes the shared environment.
pytestmark = pytest.mark.usefixtures("project")

ADDRESS = "gh:org/ds-template"
SERVE = "make serve\n"
REFUSED = "rounds: 1/"
IDENTITY = {
    f"GIT_{role}_{field}": "ada@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the project of the tour, before it is made."""
    return tmp_path_factory.mktemp("tour") / "flight-delays"


@pytest.fixture(scope="module")
def said(tour: Path) -> list[str]:
    """Follow the tour and return the output of each block, except that of the service."""
    generate, setup, *others = blocks((TEMPLATE / "docs/tour.md").read_text())
    assert generate.endswith("cd flight-delays\n")
    assert setup == "make setup\n"
    made = type_in(generate.replace(ADDRESS, str(TEMPLATE)), tour.parent, tour)
    (tour / ".venv").symlink_to(venv())
    ready = type_in(setup, tour, tour)
    take_tables(tour)
    return [made, ready, *walk(others, tour)]


def walk(others: list[str], tour: Path) -> list[str]:
    """Run blocks in their order; the service runs in the background of those that follow it."""
    served = others.index(SERVE)
    said = [type_in(block, tour, tour) for block in others[:served]]
    with serving(tour, variables=variables(tour)):
        return [*said, "", *(type_in(block, tour, tour) for block in others[served + 1 :])]


def type_in(block: str, folder: Path, tour: Path) -> str:
    """Run a block in a folder and return its output; a block that the gate refuses has to fail."""
    if REFUSED in block:
        block = block.replace("make repro", "! make repro")
    return run(["sh", "-ec", block], folder, variables(tour))


def variables(tour: Path) -> dict[str, str]:
    """Return variables of a user's shell: cookiecutter, a name for Git, this project's code."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(tour / "src"), **IDENTITY}


def test_the_tour_ends_where_it_began(tour: Path, said: list[str]) -> None:
    champions = [line.split()[:3] for line in said[-1].splitlines() if "champion " in line]
    assert champions[-3:] == [
        ["champion", "1", "v0.1.0"],
        ["champion", "2", "v0.2.0"],
        ["champion", "3", "v0.1.0"],
    ]
    assert (tour / "models/champion").readlink() == Path("v0.1.0")
    assert run(["git", "status", "--short"], tour) == ""
    assert "up to date" in dvc(tour, "status")


def test_the_service_answered_records_and_follows_the_champion(tour: Path, said: list[str]) -> None:
    answers = re.findall(r"^{.*", "\n".join(said), re.MULTILINE)
    versions = [re.findall(r"v\d\.\d\.\d", answer)[0] for answer in answers]
    assert versions == ["v0.1.0", "v0.2.0", "v0.1.0"]
    (prediction,) = json.loads(answers[0])["predictions"]
    with sqlite3.connect(tour / "predictions.sqlite") as log:
        (row,) = log.execute("SELECT score FROM predictions").fetchall()
    assert row == (prediction["score"],)


@pytest.mark.usefixtures("said")
def test_the_table_was_scored(tour: Path) -> None:
    assert (tour / "build/scores.parquet").stat().st_size > 0


def test_one_change_is_refused_by_name(said: list[str]) -> None:
    (refusal,) = [text for text in said if "the gate refuses this model by" in text]
    assert "spread of the scores" in refusal
