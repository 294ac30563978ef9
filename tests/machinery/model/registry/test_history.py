"""A release can be traced, and the history says who held which stage."""

import json
from pathlib import Path

import pytest

from .conftest import MD5, SHA256, done, git, refused, run


@pytest.mark.usefixtures("clone")
def test_a_release_is_shown_from_git_alone():
    known = json.loads(done("show", "v1.0.0", "--json"))
    assert known["commit"] == git("rev-parse", "HEAD~1")
    assert known["verdict"] == "accepted"
    assert known["metrics"] == {"roc_auc": 0.6}
    assert known["data"] == {"flights.csv": {"md5": MD5, "sha256": SHA256}}
    assert known["environment"] == {"python": "3.13"}
    assert known["parameters"] == {"train.learning_rate": 0.1}
    assert "verdict: accepted\n" in done("show", "v1.0.0")
    assert refused(run("show", "v7.0.0"), "'v7.0.0' is not released: v1.0.0, v1.1.0")


@pytest.mark.usefixtures("one")
def test_the_candidate_is_shown_with_the_commit_that_it_lies_on():
    assert json.loads(done("show", "--json"))["commit"] == git("rev-parse", "HEAD")
    Path("stray.py").write_text("import os\n")
    assert json.loads(done("show", "--json"))["commit"].endswith(" with changes")


@pytest.mark.usefixtures("clone")
def test_history_says_who_is_and_was_what():
    done("rollback")
    releases, stages = done("history").split("\n\n")
    assert [line.split()[0] for line in releases.splitlines()[1:]] == ["v1.0.0", "v1.1.0"]
    assert releases.splitlines()[1].endswith("champion")
    assert "roc_auc" in releases
    assert "flights:" in releases
    rows = [line.split()[:3] for line in stages.splitlines()[1:]]
    assert rows == [
        ["champion", "1", "v1.0.0"],
        ["champion", "2", "v1.1.0"],
        ["champion", "3", "v1.0.0"],
    ]
