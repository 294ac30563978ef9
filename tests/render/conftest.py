"""Projects of the default answers, of answers as odd as they may be, and of every pair of answers."""

from hashlib import sha256
from pathlib import Path

import pytest
from answers import ODD, PAIRS
from environments import locked
from project import render


@pytest.fixture(scope="session")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project with the default answers."""
    return render(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a project with the oddest answers that pass."""
    return render(tmp_path_factory.mktemp("odd"), **ODD)


@pytest.fixture(scope="session", params=[{}, ODD, *PAIRS])
def answers(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the default answers, the odd ones, and enough to try every pair of two answers."""
    row: dict[str, str] = request.param
    return row


@pytest.fixture(scope="session")
def project(
    answers: dict[str, str], tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Path:
    """Render a project with each of these answers in turn, once for all processes: only read it."""
    own = tmp_path_factory.getbasetemp()
    common = own if worker_id == "master" else own.parent
    folder = common / f"project-{sha256(repr(answers).encode()).hexdigest()[:12]}"
    with locked(folder.with_suffix(".lock")):
        (made,) = {path.parent for path in folder.glob("*/Makefile")} or {render(folder, **answers)}
    return made
