"""A project with the default answers, and one whose answers are as odd as they may be."""

from pathlib import Path

import pytest
from project import render

ODD = {
    "project_name": "Prévisions d été & Co: 100 % #1",
    "project_slug": "Odd.Slug-" + "x" * 51,
    "package_name": "odd_package_" + "y" * 48,
    "description": "Says - in 1 line: what’s [late] & <early>, @ $5 * 3 | 100 % #1?",
    "author_name": "Zoë & «Søn», O.K. (@home)",
    "author_email": "zoe+odd@mail.example.org",
    "license": "proprietary",
    "python_version": "3.11",
    "ci_provider": "gitlab",
    "dvc_remote": "s3://odd-bucket/some where",
}


@pytest.fixture(scope="session")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project with the default answers."""
    return render(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project with the oddest answers that pass."""
    return render(tmp_path_factory.mktemp("odd"), **ODD)


@pytest.fixture(scope="session", params=["default", "odd"])
def project(request: pytest.FixtureRequest) -> Path:
    """Return each of the two projects in turn."""
    path: Path = request.getfixturevalue(request.param)
    return path
