"""The project as scripts/ci/sample.sh leaves it."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory, pytestconfig):
    """The project as scripts/ci/sample.sh leaves it."""
    folder = tmp_path_factory.mktemp("sample") / "project"
    command = ["sh", ROOT / "scripts" / "ci" / "sample.sh", folder]
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # It takes a minute: on a terminal, the stages show how far they are.
    with capture.global_and_fixture_disabled():
        pipe = subprocess.PIPE
        shown = None if os.isatty(2) else pipe
        done = subprocess.run(command, cwd=ROOT, stdout=pipe, stderr=shown, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder
