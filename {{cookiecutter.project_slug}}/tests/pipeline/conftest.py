"""The project as scripts/ci/sample.sh leaves it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The project as scripts/ci/sample.sh leaves it."""
    folder = tmp_path_factory.mktemp("sample") / "project"
    script = ROOT / "scripts" / "ci" / "sample.sh"
    done = run("sh", script, folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder
