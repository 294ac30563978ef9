"""Follows docs/experiments.md on the sample."""

import os
from pathlib import Path

import pytest
from browser import PHONE, look
from pages import blocks
from project import dvc, run, venv
from releases import take_sample

IDENTITY = {
    f"GIT_{role}_{field}": "x@example.com"
    for role in ("AUTHOR", "COMMITTER")
    for field in ("NAME", "EMAIL")
}


@pytest.fixture(scope="module")
def repository(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository without a commit, of a project on the tables of its sample."""
    return take_sample(project, tmp_path_factory.mktemp("experiments"))


@pytest.fixture(scope="module")
def said(repository: Path) -> list[str]:
    """Run the shell blocks of the page in order and return the output of each."""
    page = (repository / "docs/experiments.md").read_text()
    own = {
        "PATH": f"{venv() / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(repository / "src"),
        "VENV": str(venv()),
        **IDENTITY,
    }
    return [run(["sh", "-ec", block], repository, variables=own) for block in blocks(page)]


def test_an_experiment_ends_before_the_stages_that_may_refuse(said: list[str]) -> None:
    assert "Running stage 'evaluate'" in said[0]
    assert "Running stage 'card'" not in said[0]


def test_the_comparison_holds_the_one_experiment_and_the_two_of_the_list(
    repository: Path, said: list[str]
) -> None:
    head, _, *rows = (repository / "build/compare/table.md").read_text().splitlines()
    found = [row for row in rows if row.startswith(("| ├", "| └"))]
    assert len(found) == 3
    assert any("[slower]" in row for row in found)
    assert {"roc_auc", "train.learning_rate", "train.rounds"} <= set(head.split())
    assert "models/candidate" not in head
    assert max(map(len, said[2].splitlines())) <= 100
    assert sum(line.split().count("slower") for line in said[2].splitlines()) == 1


@pytest.mark.usefixtures("said")
def test_the_page_holds_the_table_and_each_experiment_in_each_plot(
    repository: Path, said: list[str]
) -> None:
    page = (repository / "build/compare/compare.html").read_text()
    assert "build/compare/compare.html" in said[2]
    assert "train.learning_rate" in page
    assert page.count(">slower<") > 3


@pytest.mark.usefixtures("said")
def test_the_page_needs_no_network_fits_a_phone_and_has_no_serious_fault(
    repository: Path, tmp_path: Path
) -> None:
    (page,) = look(tmp_path / "read", repository / "build/compare/compare.html").values()
    assert (page.width <= PHONE, page.loads, page.serious) == (True, [], [])


@pytest.mark.usefixtures("said")
def test_the_experiment_that_was_kept_is_the_project_now(repository: Path) -> None:
    assert "learning_rate: 0.05" in (repository / "params.yaml").read_text()
    assert "up to date" in dvc(repository, "status")
    assert run(["git", "status", "--short"], repository) == ""
