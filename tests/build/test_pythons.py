"""A project is whole on every Python that is offered, and with other answers its sample runs."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from allpairspy import AllPairs
from answers import QUESTIONS, VALUES
from commands import run_script
from project import interpreter, make, render, run, venv

PYTHONS = QUESTIONS["python_version"]
# What a command can notice; that every pair of all answers reaches its files, tests/render sees.
NAMES = ("project_slug", "package_name")
ROWS = [
    {"python_version": python, "project_slug": slug, "package_name": package}
    for python, slug, package in AllPairs([PYTHONS, *(VALUES[name][:2] for name in NAMES)])
    if (slug, package) != (VALUES["project_slug"][0], VALUES["package_name"][0])  # run whole
]
# They take minutes, and run on the Python of the shared environment; make repro runs the pipeline.
LONG = ["data/test_external.py", "data/test_refresh.py", "model/test_compare.py", "pipeline"]
LONG += ["model/registry", "prediction/batch", "prediction/service"]
Environment = Callable[[str], Path]


@pytest.fixture
def environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Make or find the one environment of the locks with a Python, which is first on the PATH."""
    shared = run(
        [str(venv() / "bin/python"), "-c", "import sys; print(*sys.version_info)"], project
    )

    def of(version: str) -> Path:
        python = interpreter(version)
        if not python:
            pytest.skip(f"needs Python {version}, which .ci/run installs where Debian has it")
        monkeypatch.setenv("PATH", f"{python.parent}:{os.environ['PATH']}")
        return venv() if shared.split()[:2] == version.split(".") else venv(version)

    return of


@pytest.mark.parametrize("python", PYTHONS)
def test_a_project_is_whole_on_every_python(
    python: str, environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = environment(python)
    if env == venv():
        pytest.skip(f"the other tests run on Python {python}, the demo's pipeline as well")
    project = render(tmp_path, python_version=python)
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"--ignore=tests/{path}" for path in LONG))
    for target in ("setup", "check", "test", "repro"):
        make(project, target, env=env)
    assert f'"python": "{python}"' in (project / "data/environment.json").read_text()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_sample_runs_with_other_answers(
    row: dict[str, str], environment: Environment, tmp_path: Path
) -> None:
    project = render(tmp_path, **row)
    env = environment(row["python_version"])
    make(project, "setup", env=env)
    assert "roc_auc" in run_script(project, "ci/sample.sh", "build/sample", env=env)
