"""The sample runs on every other supported Python, on one of them with other names."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from answers import ODD, QUESTIONS
from commands import run_script
from environments import default
from project import another_venv, interpreter, make, render

IMAGE, *OTHERS = QUESTIONS["python_version"]


def test_the_sample_runs_on_the_python_of_the_image(sample_on: Callable[[str], Path]) -> None:
    assert_ran_on(IMAGE, sample_on(IMAGE))


# The tests run on the default one anyway. The names are answers that can affect a command;
# tests/render checks the files of every pair of answers.
@pytest.mark.parametrize("python", [each for each in OTHERS if each != default()])
def test_the_sample_runs_on_another_python_with_odd_names(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = interpreter(python)
    if not found:
        pytest.skip(f"needs Python {python}, which .ci/run installs where Debian has it")
    monkeypatch.setenv("PATH", f"{found.parent}:{os.environ['PATH']}")
    names = {name: ODD[name] for name in ("project_slug", "package_name")}
    project = render(tmp_path, python_version=python, **names)
    env = another_venv(tmp_path, python)
    make(project, "setup", env=env)
    assert "roc_auc" in run_script(project, "ci/sample.sh", "build/sample", env=env)
    assert_ran_on(python, project / "build/sample")


def assert_ran_on(python: str, sample: Path) -> None:
    """Check the Python that the pipeline wrote down, and that it ended."""
    assert f'"python": "{python}"' in (sample / "data/environment.json").read_text()
    assert (sample / "reports/gate.json").exists()
