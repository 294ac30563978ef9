"""A project that is set up, and one whose whole pipeline has run on the sample."""

from pathlib import Path

import pytest
from project import make, render


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Set up a project with the default answers."""
    path = render(tmp_path_factory.mktemp("project"))
    make(path, "setup")
    return path


@pytest.fixture(scope="session")
def sample(project: Path) -> Path:
    """Run the whole pipeline on the sample and return the repository in which it ran."""
    make(project, "repro-sample")
    return project / "build/sample"
