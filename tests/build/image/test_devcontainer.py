"""The dev container: the devcontainer CLI builds the image that trains, and enters it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from image import BASE, CA_BUNDLE, DOCKER, docker, needs_engine
from project import TEMPLATE, run

CLI = TEMPLATE / "build/npm/node_modules/.bin/devcontainer"
pytestmark = [
    needs_engine,
    pytest.mark.skipif(not CLI.exists(), reason="needs @devcontainers/cli from npm"),
]
HERE = {
    "args": {"BASE_IMAGE": BASE},
    "options": ["--network=host", "--secret", f"id=ca_bundle,src={CA_BUNDLE}"],
}


def devcontainer(command: str, folder: Path, *arguments: str) -> str:
    """Run a command of the CLI that must succeed, and return what it says."""
    done = subprocess.run(
        [CLI, command, "--docker-path", DOCKER, "--workspace-folder", folder, *arguments],
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def entered(project: Path, train: str, tmp_path: Path) -> Iterator[Path]:
    """Start the dev container of a project; the engine has the layers of its image."""
    assert train
    folder = tmp_path / "project"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("build", ".venv"))
    file = folder / ".devcontainer/devcontainer.json"
    known = json.loads(file.read_text())
    known["build"] |= HERE
    file.write_text(json.dumps(known))
    if os.getuid() == 0:  # whose id the image's user does not get
        run(["chown", "-R", "10001:10001", "."], folder)
    up = json.loads(devcontainer("up", folder).splitlines()[-1])
    yield folder
    docker("rm", "--force", up["containerId"])


def test_you_enter_it_as_yourself_with_the_tools_of_the_project(entered: Path) -> None:
    program = "id -u && id -un && dvc stage list --name-only && pytest -q -k decide"
    user, name, *said = devcontainer("exec", entered, "sh", "-c", program).splitlines()
    # The image's user gets the id of whoever starts the container, unless it is root.
    assert (int(user), name) == (os.getuid() or 10001, "project")
    assert "train" in said
    assert " passed" in said[-1]
    # Its Python is that of the image, and is said where numbers depend on it.
    assert (entered / "requirements/python.txt").read_text().strip() in BASE
