"""A project that is set up, one whose whole pipeline has run on the sample, one with releases.

Each is made once in a run, by the first process that needs it; every process has its own copy.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import run_script
from environments import locked
from image import one_process
from project import make, render
from releases import release_two

# The longest tests begin first, so that two processes end at about the same time.
LONGEST = ["test_demo", "image", "test_runbook", "test_pythons", "test_update", "test_tour"]
LONGEST += ["test_own_data-parcels", "test_own_data-diabetes"]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share fixtures in one process, and begin with the longest."""
    here = Path(__file__).parent
    mine = [item for item in items if item.path.is_relative_to(here)]
    order = {name: number for number, name in enumerate(LONGEST)}
    groups = {item.nodeid: group(item) for item in mine}
    mine.sort(key=lambda item: order.get(groups[item.nodeid], len(order)))
    items[:] = [item for item in items if not item.path.is_relative_to(here)] + mine
    for item in mine:
        item.add_marker(pytest.mark.xdist_group(groups[item.nodeid]))


def group(item: pytest.Item) -> str:
    """Return the group that a test names itself, or that of its file, its folder or its case."""
    if own := item.get_closest_marker("xdist_group"):
        return str(own.args[0])
    if item.path.parent.name == "image":
        return str(one_process.args[0])
    assert isinstance(item, pytest.Function)
    case = item.callspec.params.get("followed") if hasattr(item, "callspec") else None
    return f"{item.path.stem}-{case}" if case else item.path.stem


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
def released(project: Path, once: Callable[..., Path]) -> Path:
    """Release two models of the sample, roll back, return the repository; scores/ holds answers."""
    return once("released", lambda folder: release_two(project, folder)) / "project"
