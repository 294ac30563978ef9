"""The sample runs on every other supported Python, each time with other names."""

import os
from pathlib import Path

import pytest
from answers import QUESTIONS, VALUES
from commands import run_script
from environments import default
from project import another_venv, interpreter, make, render

PYTHONS = [each for each in QUESTIONS["python_version"] if each != default()]  # others run that one
# Answers that can affect a command; tests/render checks the files of every pair of answers.
(SLUG, ODD_SLUG), (_, ODD_PACKAGE) = (VALUES[name][:2] for name in ("project_slug", "package_name"))
NAMES = [(ODD_SLUG, ODD_PACKAGE), (SLUG, ODD_PACKAGE)]


@pytest.mark.parametrize(("python", "names"), list(zip(PYTHONS, NAMES, strict=True)), ids=PYTHONS)
def test_the_sample_runs_on_another_python(
    python: str, names: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = interpreter(python)
    if not found:
        pytest.skip(f"needs Python {python}, which .ci/run installs where Debian has it")
    monkeypatch.setenv("PATH", f"{found.parent}:{os.environ['PATH']}")
    slug, package = names
    project = render(tmp_path, python_version=python, project_slug=slug, package_name=package)
    env = another_venv(tmp_path, python)
    make(project, "setup", env=env)
    assert "roc_auc" in run_script(project, "ci/sample.sh", "build/sample", env=env)
    known = (project / "build/sample/data/environment.json").read_text()
    assert f'"python": "{python}"' in known
