"""What cannot be built is said in one sentence, with what to do."""

from pathlib import Path

import pytest
from image import needs_engine, try_build
from project import run, venv

# What clients and engines say, written from what these clients are known to print.
SAID = {
    "permission": "Got permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied",
    "buildkit": "ERROR: BuildKit is enabled but the buildx component is missing or broken.",
    "disk": "#9 41.2 OSError: [Errno 28] No space left on device",
}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("permission", "error: you may not use the Docker engine: join the group docker"),
        ("buildkit", "error: this docker has no BuildKit: install its buildx plugin"),
        ("disk", "error: the disk is full: docker system prune frees space"),
    ],
)
def test_a_fault_of_the_engine(copy: Path, fault: str, sentence: str) -> None:
    client = copy / "docker-that-fails"
    client.write_text(f"#!/bin/sh\necho '{SAID[fault]}' >&2\nexit 1\n")
    client.chmod(0o755)
    assert only_line(copy, DOCKER=str(client)).startswith(sentence)


def test_no_docker(copy: Path) -> None:
    line = only_line(copy, DOCKER="/nowhere/docker")
    assert line.startswith("error: /nowhere/docker is no command: install Docker")


@needs_engine
def test_no_engine(copy: Path) -> None:
    line = only_line(copy, DOCKER_HOST=f"unix://{copy}/nothing.sock")
    assert line.startswith("error: no Docker engine answers: start it")


@needs_engine
def test_a_base_image_out_of_reach(copy: Path) -> None:
    line = only_line(copy, BASE_IMAGE="127.0.0.1:9/python:3.13")
    assert line.startswith("error: the base image 127.0.0.1:9/python:3.13 cannot be had")


@needs_engine
def test_a_lock_older_than_the_dependencies(copy: Path) -> None:
    pyproject = copy / "pyproject.toml"
    text = pyproject.read_text()
    pyproject.write_text(text.replace("dependencies = [", 'dependencies = [\n    "attrs>=99",', 1))
    line = only_line(copy)
    assert line.startswith("error: requirements/serve.txt is older than pyproject.toml")
    assert "attrs" in line
    assert line.endswith("make lock")


def test_no_model(copy: Path) -> None:
    assert only_line(copy, VERSION="v9.9.9").startswith("error: models/v9.9.9 holds no model: make")


def test_a_vulnerability_that_is_ignored_without_a_reason(copy: Path) -> None:
    (copy / "requirements/audit.ignore").write_text("# why\nCVE-2026-1\n")
    done = try_build(copy, "audit")
    assert done.returncode
    assert "requirements/audit.ignore are no 'ID # reason'" in done.stderr
    assert "2:CVE-2026-1" in done.stdout
    assert "# why" not in done.stdout


def test_the_linter_finds_nothing_in_the_dockerfile(project: Path) -> None:
    assert run([str(venv() / "bin/hadolint"), "Dockerfile"], project) == ""


def only_line(project: Path, **variables: str) -> str:
    """Build an image in vain and return the one line that says why."""
    done = try_build(project, "image", **variables)
    assert done.returncode
    first, make = done.stderr.splitlines()
    assert make.startswith("make: *** ")
    return first
