"""Conditions and results of a release, with real Git, DVC and GTO."""

import os
import shutil
from pathlib import Path

import gto.api
import pytest

from machinery.errors import InputError
from machinery.model import gate
from machinery.model.registry import release, state, traceable

from .conftest import (
    SHA256,
    commit,
    done,
    dvc,
    git,
    judge,
    objects,
    origin_tags,
    read_verdict,
    refused,
    run,
    tags,
    train,
)


@pytest.mark.usefixtures("two")
def test_a_release_is_a_tag_with_verdict_and_metrics_here_and_at_the_origin():
    message = git("tag", "--list", "--format=%(contents)", "model@v1.1.0")
    assert message.startswith("v1.1.0: accepted, compared with v1.0.0\n\nroc_auc: 0.8")
    assert (
        origin_tags()
        == tags()
        == ["model#champion#1", "model#champion#2", "model@v1.0.0", "model@v1.1.0"]
    )


@pytest.mark.usefixtures("two")
def test_gto_reads_the_same_registry():
    assert gto.api.show(".")["model"]["version"] == "v1.1.0"
    assert gto.api.show(".")["model"]["stage"] == {"champion": "v1.1.0"}


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("bump", "version"), [("major", "v2.0.0"), ("minor", "v1.2.0"), ("patch", "v1.1.1")]
)
def test_a_bump_counts_from_the_last_release(bump, version):
    Path("README.md").write_text("more\n")
    commit()
    assert release.choose(state.read(), version=None, bump=bump) == version


def stray():
    Path("stray.py").write_text("import os\n")


def changed_parameter():
    Path("params.yaml").write_text("train:\n  learning_rate: 0.2\n")
    commit()


def changed_model():
    with Path("models/candidate/model.ubj").open("ab") as file:
        file.write(b"x")


def no_gate():
    Path("reports/gate.json").unlink()
    commit()


def judged_another():
    gate_file = Path("reports/gate.json")
    gate_file.write_text(gate_file.read_text().replace('"model":"', '"model":"0'))
    commit()


def judged_refused():
    judge("refused")


def frozen():
    dvc("freeze", "train")
    commit()


def unpushed():
    Path("README.md").write_text("more\n")
    git("add", "README.md")
    git("commit", "--quiet", "--message", "mine alone")


def edited_pointer():
    pointer = Path("data/external/flights.csv.dvc")
    pointer.write_text(pointer.read_text().replace(SHA256, "0" * 64))
    commit()


def unanswered():
    Path("docs/use-case.md").write_text("## Users\n\n*Who?*\n\nNot answered yet.\n")
    commit()


def remote_of_this_machine():
    Path("../mine").mkdir()
    dvc("remote", "modify", "--local", "storage", "url", str(Path("../mine").resolve()))


def nobody():
    for role in ("AUTHOR", "COMMITTER"):
        os.environ.pop(f"GIT_{role}_NAME")
        os.environ.pop(f"GIT_{role}_EMAIL")


def lost_cache():
    shutil.rmtree(".dvc/cache")


def lost_at_the_remote():
    """Lose a file of a folder whose list is there: `dvc push` reports that it is complete."""
    dvc("push")
    for path in objects("../storage"):
        if path.read_bytes() == Path("models/candidate/model.ubj").read_bytes():
            path.unlink()


def no_remote():
    shutil.rmtree("../storage")
    Path("../storage").touch()


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (stray, "stray.py is not as in the last commit: commit or undo all changes"),
        (changed_parameter, "stale: train: `make pull` or `make repro`, then commit"),
        (changed_model, "models/candidate is modified, not what dvc.lock says: `dvc checkout`"),
        (no_gate, "reports/gate.json does not exist: `make repro`, then commit"),
        (judged_another, "reports/gate.json judges another model than models/candidate"),
        (judged_refused, "reports/gate.json says refused: only what the gate accepts"),
        (frozen, "dvc.yaml: the stage train is frozen, so its results may be of other inputs"),
        (unpushed, " is not on main of origin: push or merge it first"),
        (edited_pointer, "data/external/flights.csv is not what data/external/flights.csv.dvc say"),
        (unanswered, "docs/use-case.md does not answer Users: answer, `make repro`, then commit"),
        (remote_of_this_machine, "; does .dvc/config.local name another remote than .dvc/config?"),
        (nobody, "Git does not know who you are: `git config user.name NAME`"),
        (lost_cache, "models/candidate is not in cache, not what dvc.lock says"),
        (lost_at_the_remote, "model.ubj did not reach the remote: docs/operations.md says what"),
        (no_remote, "dvc push failed: "),
    ],
)
def test_what_cannot_be_traced_is_not_released(fault, reason, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):  # so that they come back
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    fault()
    assert refused(run("release", "v1.0.0"), reason)
    assert tags() == origin_tags() == []


@pytest.mark.usefixtures("one")
def test_every_hash_is_computed_again():
    traceable.refuse_edited()
    with Path("models/candidate/model.ubj").open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match="though it looks unchanged"):
        traceable.refuse_edited()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("v1.1", "'v1.1' is not a version: give one such as v1.2.0"),
        ("1.2.0", "'1.2.0' is not a version"),
        ("v1.2.0-rc1", "'v1.2.0-rc1' is not a version"),
        ("v1.0.0", "v1.0.0 exists, the last is v1.1.0"),
        ("v1.0.9", "v1.0.9 goes backwards, the last is v1.1.0"),
    ],
)
def test_versions_are_numbers_that_grow(version, reason):
    Path("README.md").write_text("more\n")
    commit()
    assert refused(run("release", version), reason)


@pytest.mark.usefixtures("two")
def test_a_commit_is_released_once():
    assert refused(run("release", "v2.0.0"), "this commit is v1.1.0 already")


@pytest.mark.usefixtures("one")
def test_a_release_needs_a_version_or_a_bump():
    assert refused(run("release"), "give one of both: VERSION=v1.2.0, or BUMP=major")
    assert refused(run("release", "v1.0.0", "--bump=patch"), "give one of both")


@pytest.mark.usefixtures("two")
def test_what_others_released_at_the_origin_counts():
    git("clone", "--quiet", "../origin.git", "../other")
    git("-C", "../other", "tag", "--annotate", "--message=theirs", "model@v3.0.0", "HEAD~1")
    git("-C", "../other", "push", "--quiet", "origin", "model@v3.0.0")
    Path("README.md").write_text("more\n")
    commit()
    assert refused(run("release", "v2.0.0"), "v2.0.0 goes backwards, the last is v3.0.0")


@pytest.mark.usefixtures("two")
def test_a_gate_that_refuses_beside_the_champion_leaves_nothing(monkeypatch):
    train(0.7)
    before, stored = tags(), sorted(Path("../storage").rglob("*"))
    seen = []

    def refuse(project, champion, **_):
        seen.append(champion.resolve().name)
        return read_verdict(project, champion).model_copy(update={"verdict": "refused"})

    monkeypatch.setattr(gate, "examine", refuse)
    result = run("release", "v2.0.0")
    assert result.exit_code == 1
    assert "the gate refuses models/candidate: nothing was pushed or tagged; the" in result.stderr
    assert result.stdout.strip()  # the table
    assert seen == ["v1.1.0"]
    assert tags() == origin_tags() == before
    assert sorted(Path("../storage").rglob("*")) == stored


@pytest.mark.usefixtures("two")
def test_a_release_is_not_tagged_when_somebody_changed_the_champion_or_the_commit_meanwhile(
    monkeypatch,
):
    verdict = read_verdict(None, None)
    monkeypatch.setattr(release, "push", lambda _: None)
    others = release.Plan("v2.0.0", git("rev-parse", "HEAD"), "v1.0.0", verdict)
    earlier = release.Plan("v2.0.0", git("rev-parse", "HEAD~1"), "v1.1.0", verdict)
    for plan in (others, earlier):
        with pytest.raises(InputError, match="the commit or the champion changed meanwhile"):
            release.finish(plan, None, print)
    assert "model@v2.0.0" not in tags()


@pytest.mark.usefixtures("two")
def test_a_tag_that_the_origin_refuses_is_undone():
    hook = Path("../origin.git/hooks/pre-receive")
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = tags()
    assert refused(run("promote", "v1.0.0", "dev"), "model#dev#1 was undone here")
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_without_an_origin_the_tags_here_are_the_registry():
    git("remote", "remove", "origin")
    assert done("promote", "v1.0.0", "dev") == "dev: nothing -> v1.0.0\n"
    assert "model#dev#1" in tags()


@pytest.mark.usefixtures("one")
def test_a_model_for_dev_only_is_released_and_becomes_nothing_else():
    judge("dev only")
    assert "released v1.2.0, dev only" in done("release", "v1.2.0")
    for stage in ("champion", "challenger"):
        assert refused(run("promote", "v1.2.0", stage), "the gate says of v1.2.0: dev only")
    assert done("promote", "v1.2.0", "dev") == "dev: nothing -> v1.2.0\n"


@pytest.mark.usefixtures("one")
def test_a_held_model_is_released_by_a_person_whose_reason_the_tag_keeps():
    judge("held")
    for nothing in ((), ("--accept", " ")):
        reason = "the gate holds models/candidate by a gain: look into it, and accept it by ACCEPT="
        assert refused(run("release", "v1.0.0", *nothing), reason)
    assert "released v1.0.0, held" in done("release", "v1.0.0", "--accept", "we know\nthe reason")
    message = git("tag", "--list", "--format=%(contents)", "model@v1.0.0")
    assert message.startswith("v1.0.0: held, compared with no champion\n")
    assert "\nheld by: a gain\naccepted by: Ada <ada@example.com>: we know the reason" in message
    assert done("promote", "v1.0.0", "champion") == "champion: nothing -> v1.0.0\n"


@pytest.mark.usefixtures("one")
def test_what_the_gate_does_not_hold_needs_no_person():
    reason = "the gate says accepted, and holds nothing: leave out ACCEPT"
    assert refused(run("release", "v1.0.0", "--accept", "to be sure"), reason)
