"""A release makes everything again in a clean clone, and compares each hash."""

import os
from pathlib import Path

import pytest

from machinery.model.registry import release, reproduce

from .conftest import commit, dvc, git, origin_tags, run, tags


@pytest.fixture(autouse=True)
def _for_real(monkeypatch):
    monkeypatch.setattr(release, "reproduce", reproduce.reproduce)
    monkeypatch.setenv("PATH", os.defpath)  # as from a shell without the environment


def edited_result():
    """Edit the model, and let DVC take it for the stage's result."""
    with Path("models/candidate/model.ubj").open("ab") as file:
        file.write(b"x")
    dvc("commit", "--force", "train")


def needs_a_stray_file():
    """Let the stage read a file that nobody else has."""
    Path("build").mkdir()
    Path("build/secret.txt").write_text("mine\n")
    text = Path("dvc.yaml").read_text().replace("cmd: ", "cmd: cat build/secret.txt && ")
    Path("dvc.yaml").write_text(text)
    dvc("repro")


@pytest.mark.usefixtures("one")
def test_what_a_commit_gives_again_is_released_and_each_stage_is_named():
    result = run("release", "v1.0.0")
    assert result.exit_code == 0, result.stderr
    first, last = result.stderr.splitlines()
    assert first.startswith("making it again, ")
    assert first.endswith("s: train, stage 1 of 1")
    assert last.endswith("s: all bytes are those of dvc.lock")
    assert git("status", "--porcelain", "--ignored", "build") == ""


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (edited_result, "models/candidate, of the stage train, is not what dvc.lock says when"),
        (needs_a_stray_file, "the pipeline of this commit fails when it runs again: "),
    ],
)
def test_what_a_commit_does_not_give_is_not_released(fault, reason, monkeypatch):
    fault()
    commit()
    monkeypatch.setattr(release, "refuse_unjudged", lambda _: None)
    result = run("release", "v1.0.0")
    assert result.exit_code == 1
    assert reason in result.stderr.splitlines()[-1]
    assert tags() == origin_tags() == []
