"""A release makes everything again in a clean clone, and compares each hash."""

import os
from pathlib import Path

import pytest

from machinery.model.registry import audit, release, reproduce, state

from .conftest import commit, dvc, git, origin_tags, run, tags

OLD = "v1.1.0: accepted, compared with v1.0.0"  # the message of a tag that states no commit


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


def released(version):
    result = run("release", version)
    assert result.exit_code == 0, result.stderr
    return result


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


@pytest.mark.usefixtures("two")
def test_a_stage_that_is_the_same_as_in_the_last_release_is_not_made_once_more():
    Path("notes.md").write_text("Something new.\n")
    commit()
    first, *others = released("v1.2.0").stderr.splitlines()
    assert first == "1 of 1 stages are as in the last release, made again then"
    assert not [line for line in others if "making it again" in line]


def test_a_stage_is_the_same_only_with_the_same_inputs_and_outputs():
    stage = {
        "cmd": "train",
        "deps": [{"path": "x", "md5": "1"}],
        "outs": [{"path": "y", "md5": "2"}],
    }
    known = {"same": stage, "input": stage, "output": stage, "gone": stage}
    other = [{"path": "x", "md5": "3"}]
    stated = {"same": stage, "input": stage | {"deps": other}, "output": stage | {"outs": other}}
    assert reproduce.same(stated | {"new": stage}, known) == {"same": stage}


@pytest.mark.parametrize(("message", "commit"), [(OLD, None), (f"{OLD}\n\ncommit: 3fa2", "3fa2")])
def test_only_a_release_whose_tag_states_its_commit_was_made_again(message, commit, monkeypatch):
    monkeypatch.setattr(audit, "verdict", lambda _: "accepted")
    tag = state.Tag("model@v1.1.0", "3fa2", "Ada", "2026-01-01", message)
    registry = state.Registry({"v1.1.0": state.Release("v1.1.0", tag)}, [])
    assert audit.made_again(registry) == commit
    assert audit.made_again(state.Registry({}, [])) is None
