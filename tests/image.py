"""Builds and runs a project's images with the Docker engine of this machine."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from project import run, venv

# A newer client that is first on the PATH may lack buildx.
DEBIAN = "/usr/bin/docker"
DOCKER = os.environ.get("DOCKER", DEBIAN if Path(DEBIAN).exists() else "docker")
# No registry need be in reach: .ci/engine makes this one.
BASE = os.environ.get("BASE_IMAGE", "local/python:3.13-slim-trixie")
CA_BUNDLE = os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt")
# The settings of this machine for building an image.
HERE = {
    "DOCKER": DOCKER,
    "BASE_IMAGE": BASE,
    "CA_BUNDLE": CA_BUNDLE,
    "DOCKER_BUILD_ARGS": "--network=host",
}
LOCKED_DOWN = ["--read-only", "--user", "10001", "--cap-drop", "ALL", "--network", "none"]


def available() -> bool:
    """Return whether an engine answers and has the base image."""
    try:
        command = [DOCKER, "image", "inspect", BASE]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


needs_engine = pytest.mark.skipif(
    not available(), reason="needs a Docker engine and a base image: .ci/engine makes both"
)


def build(project: Path, *arguments: str, options: str = "", **variables: str) -> str:
    """Build an image and return the last line of the output, its name."""
    done = try_build(project, *arguments, options=options, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def try_build(
    project: Path, *arguments: str, options: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a make target, or a script of scripts/docker, which may fail."""
    is_script = arguments[0].endswith(".sh")
    command = ["sh", f"scripts/docker/{arguments[0]}", *arguments[1:]]
    target = ["make", "--no-print-directory", *arguments, f"VENV={venv()}"]
    own = HERE | {"DOCKER_BUILD_ARGS": f"{HERE['DOCKER_BUILD_ARGS']} {options}"}
    return subprocess.run(
        command if is_script else target,
        cwd=project,
        env=os.environ | {"VENV": str(venv())} | own | variables,
        check=False,
        capture_output=True,
        text=True,
    )


def docker(*arguments: str) -> str:
    """Run a docker command that must succeed and return its output."""
    return run([DOCKER, *arguments], Path.cwd()).strip()


def inside(image: str, program: str) -> str:
    """Run a Python program in an image and return its output."""
    return docker("run", "--rm", "--entrypoint", "python", image, "-c", program)


def inspect(name: str) -> dict[str, Any]:
    """Return what the engine knows of an image or a container."""
    known: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return known


def layers(image: str) -> list[str]:
    """List the content digests of an image's layers, the base first."""
    found: list[str] = inspect(image)["RootFS"]["Layers"]
    return found


def wait_for_health(container: str, seconds: float = 30) -> str:
    """Return a container's health as soon as it is known."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status: str = inspect(container)["State"]["Health"]["Status"]
        if status != "starting":
            return status
        time.sleep(0.2)
    return "starting"
