"""A project that is set up, one whose whole pipeline has run on the sample, one with releases.

Each is made once in a run, by the first process that needs it; every process has its own copy.
"""

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run_script
from environments import locked
from project import another_venv, interpreter, make, render
from releases import release_two

# A project has bytecode, as a user's has: else each of thousands of processes compiles what it imports.
os.environ["PYTHONDONTWRITEBYTECODE"] = ""

# The longest begin first, so that all processes end at about the same time.
LONGEST = ["demo", "own_data", "journeys", "ci", "runbook", "strip_example", "build", "pythons"]
LONGEST += ["providers", "experiments", "update", "setup_errors", "setup", "checks", "hooks"]
LONGEST += ["tour", "pipeline", "train", "release"]


@pytest.hookimpl(tryfirst=True)  # before xdist gives the files to processes
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files of tests first."""
    order = {f"test_{name}": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Path]:
    """Return a function that makes something in a folder once per run, and copies it."""
    own = tmp_path_factory.getbasetemp()
    common = (own if worker_id == "master" else own.parent) / "once"

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder = common / name
        with locked(common / f"{name}.lock"):
            if not (common / f"{name}.made").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                (common / f"{name}.made").touch()
        return Path(shutil.copytree(folder, own / name, symlinks=True))

    return once


@pytest.fixture(scope="session")
def project(once: Callable[..., Path]) -> Path:
    """Set up a project with the default answers."""
    return once("project", lambda folder: make(render(folder), "setup")) / "flight-delays"


@pytest.fixture(scope="session")
def sample(project: Path, once: Callable[..., Path]) -> Path:
    """Run the whole pipeline on the sample and return the repository in which it ran."""

    def run_sample(folder: Path) -> None:
        run_script(project, "ci/sample.sh", "build/sample")
        (project / "build/sample").rename(folder / "sample")

    return once("sample", run_sample) / "sample"


@pytest.fixture(scope="session")
def sample_on(
    once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return a function that runs the sample on a Python and returns the repository."""

    @functools.cache  # two tests of one process share its copy
    def sample_on(version: str) -> Path:
        if not (found := interpreter(version)):
            pytest.skip(f"needs Python {version}, which .ci/run installs where Debian has it")

        def run_sample(folder: Path) -> None:
            place = tmp_path_factory.mktemp("python")
            project, env = render(place), another_venv(place, version)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("PATH", f"{found.parent}:{os.environ['PATH']}")
                make(project, "setup", env=env)
                run_script(project, "ci/sample.sh", "build/sample", env=env)
            (project / "build/sample").rename(folder / "sample")

        return once(f"sample-{version}", run_sample) / "sample"

    return sample_on


@pytest.fixture(scope="session")
def released(project: Path, once: Callable[..., Path]) -> Path:
    """Release two models of the sample, roll back, return the repository; scores/ holds answers."""
    return once("released", lambda folder: release_two(project, folder)) / "project"
