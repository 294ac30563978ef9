"""A build that cannot begin is refused with what to do; one that fails shows the end of its log."""

from pathlib import Path

from image import needs_engine, try_build
from project import run, venv


def test_no_docker(copy: Path) -> None:
    line = only_line(copy, DOCKER="/nowhere/docker")
    assert line.startswith("error: /nowhere/docker does not run: install Docker")


def test_no_engine_is_noticed_before_a_build(copy: Path) -> None:
    client = copy / "docker-that-fails"
    client.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    client.chmod(0o755)
    done = try_build(copy, "image", DOCKER=str(client))
    assert done.returncode
    reason, line, _ = done.stderr.splitlines()
    assert reason == "Cannot connect to the Docker daemon"
    assert line.startswith("error: no Docker engine answers: start it")


@needs_engine
def test_a_build_that_fails_shows_the_end_of_its_log(copy: Path) -> None:
    done = try_build(copy, "image", BASE_IMAGE="127.0.0.1:9/python:3.13")
    assert done.returncode
    *log, line, _ = done.stderr.splitlines()
    assert line.startswith("error: the build of serve failed, its last lines are above")
    assert "127.0.0.1:9/python:3.13" in "".join(log)
    assert log == (copy / "build/serve.log").read_text().splitlines()[-20:]


def test_no_model(copy: Path) -> None:
    assert only_line(copy, VERSION="v9.9.9").startswith("error: models/v9.9.9 holds no model: make")


def test_a_vulnerability_that_is_ignored_without_a_reason(copy: Path) -> None:
    (copy / "requirements/audit.ignore").write_text("# why\nCVE-2026-1\n")
    done = try_build(copy, "audit")
    assert done.returncode
    assert "requirements/audit.ignore are not of the form 'ID # reason'" in done.stderr
    assert "2:CVE-2026-1" in done.stdout
    assert "# why" not in done.stdout


def test_the_linter_finds_nothing_in_the_dockerfile(project: Path) -> None:
    assert run([str(venv() / "bin/hadolint"), "Dockerfile"], project) == ""


def only_line(project: Path, **variables: str) -> str:
    """Fail to build an image and return the one line that says why."""
    done = try_build(project, "image", **variables)
    assert done.returncode
    first, make = done.stderr.splitlines()
    assert make.startswith("make: *** ")
    return first
