"""A release can be traced, and the history says who held which stage."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from machinery.model.registry import history, state

from .conftest import MD5, SHA256, done, git, refused, run


@pytest.mark.usefixtures("clone")
def test_a_release_is_shown_from_git_alone():
    known = json.loads(done("show", "v1.0.0", "--json"))
    assert known["commit"] == git("rev-parse", "HEAD~1")
    assert known["verdict"] == "accepted"
    assert known["metrics"]["roc_auc"] == 0.6
    assert known["data"] == {"flights.csv": {"md5": MD5, "sha256": SHA256}}
    assert known["environment"] == {"python": "3.13"}
    assert known["parameters"] == {"train.learning_rate": 0.1}
    assert "verdict: accepted\n" in done("show", "v1.0.0")
    assert refused(run("show", "v7.0.0"), "'v7.0.0' is not released: give one of v1.0.0, v1.1.0")


@pytest.mark.usefixtures("one")
def test_the_candidate_is_shown_with_the_commit_that_it_lies_on():
    assert json.loads(done("show", "--json"))["commit"] == git("rev-parse", "HEAD")
    Path("stray.py").write_text("import os\n")
    assert json.loads(done("show", "--json"))["commit"].endswith(" with changes")


@pytest.mark.usefixtures("clone")
def test_history_says_on_which_rows_a_metric_was_measured_and_when_they_differ():
    *lines, said = done("history").split("\n\n")[0].splitlines()
    shown = dict(re.split(" {2,}", line, maxsplit=1) for line in lines)
    assert re.split(" {2,}", shown["test rows"]) == ["3, 2026-01-01 to 2026-01-03"] * 2
    assert shown["trained on"].split() == ["100", "300"]
    assert shown["test keys"].split() == ["10%", "30%"]
    assert said == history.DIFFERENT


def test_metrics_of_the_same_rows_need_no_remark():
    known = {"metrics": {"roc_auc": 0.6, "test": {"rows": 3, "keys": "3fa2"}}, "split": {}}
    made = {"verdict": "accepted", "data": {}, "stages": []}
    release = state.Release("v1.0.0", state.Tag("", "3fa2b1c4", "Ada", "2026-01-01", "accepted"))
    registry = state.Registry({"v1.0.0": release, "v1.1.0": replace(release, version="v1.1.0")}, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "describe", lambda *_: known | made)
        said = history.history(registry)
    assert "3fa2" in said
    assert history.DIFFERENT not in said


@pytest.mark.usefixtures("clone")
def test_history_says_who_is_and_was_what():
    done("rollback")
    releases, stages = done("history").split("\n\n")
    assert releases.splitlines()[0].split() == ["version", "v1.0.0", "v1.1.0"]
    assert "\nnow         champion" in releases
    assert "roc_auc" in releases
    assert "flights:" in releases
    rows = [line.split()[:3] for line in stages.splitlines()[1:]]
    assert rows == [
        ["champion", "1", "v1.0.0"],
        ["champion", "2", "v1.1.0"],
        ["champion", "3", "v1.0.0"],
    ]
