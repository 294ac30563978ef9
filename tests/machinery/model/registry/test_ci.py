"""The result of CI spares a release to make everything again, if CI really did."""

import json
import os
from pathlib import Path

import pytest

from machinery.model.registry import ci

ACTIONS = {"slug": "github-actions"}
OTHER = {"slug": "some-app"}


def host(monkeypatch, tmp_path, address, program, said):
    """Let origin be at `address`, and let the host's program answer everything with `said`."""
    monkeypatch.setattr(ci, "has_origin", lambda: True)
    monkeypatch.setattr(ci, "git", lambda *_: address)
    script = tmp_path / program
    script.write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/asked\ncat <<'END'\n{said}\nEND\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")


@pytest.mark.parametrize(
    ("app", "conclusion", "counts"),
    [
        (ACTIONS, "success", True),
        (ACTIONS, "skipped", False),
        (ACTIONS, "failure", False),
        (ACTIONS, None, False),
        (OTHER, "success", False),
    ],
)
def test_on_github_only_a_successful_run_of_its_actions_counts(
    app, conclusion, counts, monkeypatch, tmp_path
):
    said = json.dumps({"check_runs": [{"app": app, "conclusion": conclusion}]})
    host(monkeypatch, tmp_path, "git@github.com:team/flights.git", "gh", said)
    assert ci.reproduced("3fa2") is counts
    asked = (tmp_path / "asked").read_text()
    assert asked == "api repos/{owner}/{repo}/commits/3fa2/check-runs?check_name=reproduced\n"


@pytest.mark.parametrize(("status", "counts"), [("success", True), ("failed", False)])
def test_on_gitlab_a_successful_job_counts(status, counts, monkeypatch, tmp_path):
    said = json.dumps([{"name": "reproduced", "status": status}])
    host(monkeypatch, tmp_path, "https://gitlab.example.com/team/flights.git", "glab", said)
    assert ci.reproduced("3fa2") is counts


@pytest.mark.parametrize("said", ["", "{}", "[]", "not JSON", '{"check_runs": [1]}'])
def test_an_answer_that_says_nothing_does_not_count(said, monkeypatch, tmp_path):
    host(monkeypatch, tmp_path, "git@github.com:team/flights.git", "gh", said)
    assert ci.reproduced("3fa2") is False


def test_another_host_and_a_missing_program_are_not_asked(monkeypatch, tmp_path):
    host(monkeypatch, tmp_path, "/srv/flights.git", "gh", "")
    assert ci.reproduced("3fa2") is False
    monkeypatch.setattr(ci, "git", lambda *_: "https://gitlab.com/team/flights.git")
    assert ci.reproduced("3fa2") is False
    assert not Path(tmp_path / "asked").exists()
