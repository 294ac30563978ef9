"""The page docs/notebook.md takes a messy notebook to functions with the same results."""

import re
from pathlib import Path

import graduation
import pytest
from pages import blocks
from project import TEMPLATE, run

PAGE = "docs/notebook.md"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the lock for notebooks."""
    return graduation.environment(tmp_path_factory.mktemp("explore"))


@pytest.fixture(scope="module")
def project(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project, to which each test adds files of its own."""
    return graduation.project(tmp_path_factory.mktemp("notebook"), environment)


def test_the_page_takes_a_notebook_to_functions_with_equal_results(
    environment: Path, project: Path, tmp_path: Path
) -> None:
    own = graduation.variables(project, environment)
    own["FILE"] = str(graduation.messy("late", tmp_path, environment))
    setup, file, *steps = blocks((TEMPLATE / PAGE).read_text())
    assert "LOCK=explore" in setup
    assert "FILE=" in file
    done = [run(["bash", "-ec", block], project, own) for block in steps[:3]]
    assert "is the external table flights" in done[0]
    assert "42 tags proposed" in done[1]
    assert "left cell 12: it is a plot" in done[2]
    assert "the functions need pandas, " in done[2]
    assert graduation.outcome("late", project, environment).startswith("10 failed")
    graduation.fill_in("late", project)
    assert graduation.outcome("late", project, environment).startswith("10 passed")
    graduation.check("late", project, environment)
    said = run(["bash", "-ec", steps[3]], project, own)
    assert re.search(r"^auc +equal +float$", said, re.MULTILINE)


def test_the_classes_of_a_notebook_graduate_without_an_edit(
    environment: Path, project: Path
) -> None:
    own = graduation.variables(project, environment)
    graduation.correct("turnaround", project)
    run(["flight-delays", "notebook", "graduate", "turnaround"], project, own)
    graduation.fill_in("turnaround", project)
    assert graduation.outcome("turnaround", project, environment).startswith("10 passed")
    graduation.check("turnaround", project, environment)
    said = run(["flight-delays", "notebook", "prove", "turnaround"], project, own)
    assert re.search(r"^cfg +equal +Config$", said, re.MULTILINE)
    assert re.search(r"^scores +equal +Scores$", said, re.MULTILINE)
