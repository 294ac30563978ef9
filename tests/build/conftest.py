"""A project that is set up, one whose whole pipeline has run on the sample, one with releases."""

from pathlib import Path

import pytest
from commands import run_script
from project import make, render
from releases import release_two


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set up a project with the default answers."""
    path = render(tmp_path_factory.mktemp("project"))
    make(path, "setup")
    return path


@pytest.fixture(scope="session")
def sample(project: Path) -> Path:
    """Run the whole pipeline on the sample and return the repository in which it ran."""
    run_script(project, "ci/sample.sh", "build/sample")
    return project / "build/sample"


@pytest.fixture(scope="session")
def released(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release two models of the sample, roll back, return the repository; scores/ holds answers."""
    return release_two(project, tmp_path_factory.mktemp("released"))
