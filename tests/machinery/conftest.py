"""Tests the machinery in its folder, in a project's environment, with a tiny project."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MACHINERY = (
    HERE.parents[1] / "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}/machinery"
)
LINKS = HERE.parents[1] / "build/machinery"


def link() -> None:
    """Make `machinery` and `tiny` importable, here and in the processes that a test starts."""
    LINKS.mkdir(parents=True, exist_ok=True)
    part = LINKS / f"part-{os.getpid()}"
    part.symlink_to(MACHINERY)
    part.replace(LINKS / "machinery")
    paths = [str(LINKS), str(HERE)]
    sys.path[:0] = paths
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*paths, os.environ.get("PYTHONPATH")]))


link()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tiny project's pipeline has run: read it, change a copy."""
    from tiny import sample

    return sample.run(tmp_path_factory.mktemp("sample") / "tiny")
