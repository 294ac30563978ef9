"""`model changes` compares the tables with the last release, or else with the last commit."""

import json
import shutil
from pathlib import Path

import pytest

import tiny

from .conftest import commit, done, git, run

SHIPPED = Path(tiny.__file__).with_name("params.yaml")


def say(temp, rows=100):
    """Write the report of one table, whose mean temperature is `temp`."""
    column = {"missing": 0.0, "mean": temp, "sd": 5.0, "low": temp - 9, "high": temp + 9}
    month = {"rows": rows, "days": 30, "columns": {"temp": column}}
    known = {"tables": {"weather": {"rows": rows, "months": {"2026-01": month}}}}
    Path("reports").mkdir(exist_ok=True)
    Path("reports/data.json").write_text(json.dumps(known))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(SHIPPED, "params.yaml")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_without_a_repository_a_commit_or_a_report_nothing_has_changed():
    assert done("changes") == ""
    git("init", "--quiet", "--initial-branch=main")
    assert done("changes") == ""
    say(59.0)
    commit()
    Path("reports/data.json").unlink()
    assert done("changes") == ""


@pytest.mark.usefixtures("folder")
def test_a_change_warns_before_the_first_release_and_stops_after_it():
    git("init", "--quiet", "--initial-branch=main")
    say(59.0)
    commit()
    say(15.0)
    said = "weather: mean of temp 59 before, 15 now\n"
    warned = run("changes")
    assert warned.exit_code == 0
    assert f"warning: {said}" in warned.stderr
    git("tag", "--annotate", "model@v1.0.0", "--message", "v1.0.0: accepted, compared with none")
    commit()  # what was accepted is the release, not the last commit
    stopped = run("changes")
    assert stopped.exit_code == 1
    assert stopped.stderr.startswith(f"error: {said}")
    assert "correct it; or, if that is right, release with ACCEPT=" in stopped.stderr
    say(59.5)
    assert done("changes") == ""
