"""Promotion, rollback, and two users at once."""

from pathlib import Path

import gto.api
import pytest

from machinery.errors import InputError
from machinery.model.registry import promote, state

from .conftest import done, git, objects, origin_tags, refused, run, start, tags, train


@pytest.mark.usefixtures("two")
def test_unknown_versions_and_stages_are_refused_by_name():
    assert refused(
        run("promote", "v9.9.9", "dev"), "'v9.9.9' is not released: give one of v1.0.0, v1.1.0"
    )
    assert refused(
        run("promote", "v1.0.0", "prod"),
        "'prod' is not a stage: give one of champion, challenger, dev",
    )


@pytest.mark.usefixtures("two")
def test_promoting_what_is_there_says_so_and_tags_nothing():
    before = tags()
    assert done("promote", "v1.1.0", "champion") == "v1.1.0 is champion already\n"
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_a_champion_that_was_not_compared_with_the_one_before_is_promoted_with_a_note():
    train(0.7)
    done("release", "v1.2.0")
    assert done("promote", "v1.2.0", "champion") == "champion: v1.1.0 -> v1.2.0\n"
    note = "v1.0.0 was not compared with v1.2.0; its release says 'v1.0.0: accepted, compared with"
    assert f"champion: v1.2.0 -> v1.0.0\nnote: {note}" in done("promote", "v1.0.0", "champion")


@pytest.mark.usefixtures("two")
def test_of_two_promotions_at_once_in_two_clones_the_second_is_refused():
    git("clone", "--quiet", "../origin.git", "../rival")
    hook = Path(".git/hooks/pre-push")  # runs after we have tagged, before we push
    theirs = "git -C ../rival tag -a -m 'champion: theirs' 'model#champion#3' model@v1.0.0^{}"
    push = "git -C ../rival push --quiet origin 'model#champion#3'"
    hook.write_text(f"#!/bin/sh\nunset GIT_DIR\nGIT_COMMITTER_NAME=Bob {theirs} && {push}\n")
    hook.chmod(0o755)
    result = run("promote", "v1.0.0", "champion")
    assert refused(result, "model#champion#3 was made meanwhile by Bob (champion: theirs)")
    assert git("rev-parse", "model#champion#3") == git(
        "-C", "../rival", "rev-parse", "model#champion#3"
    )


@pytest.mark.usefixtures("two")
def test_of_two_promotions_at_once_in_one_clone_the_second_is_refused():
    seen = state.read()
    done("promote", "v1.0.0", "champion")
    with pytest.raises(InputError, match=r"model#champion#3 was made meanwhile by Ada"):
        promote._assign(seen, version="v1.0.0", stage="champion")
    assert len(state.read().assignments) == 3


@pytest.mark.usefixtures("two")
def test_an_interrupted_push_leaves_no_tag():
    hook = Path(".git/hooks/pre-push")
    hook.write_text("#!/bin/sh\nkill -INT 0\nsleep 1\n")  # Ctrl-C, while Git pushes
    hook.chmod(0o755)
    before = tags()
    with start("promote", "v1.0.0", "champion") as process:
        assert process.wait() != 0
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_a_rollback_goes_down_and_never_up_again():
    assert done("rollback") == "champion: v1.1.0 -> v1.0.0\n"
    assert refused(run("rollback"), "no champion came before v1.0.0: `make promote` names any")
    done("promote", "v1.1.0", "champion")
    assert done("rollback") == "champion: v1.1.0 -> v1.0.0\n"


@pytest.mark.usefixtures("one")
def test_without_a_champion_there_is_nothing_to_roll_back():
    assert refused(run("rollback"), "no version is champion yet: `make promote` a version first")


@pytest.mark.parametrize(
    ("events", "stack"),
    [
        ("", ""),
        ("A", "A"),
        ("A B", "A B"),
        ("A B A", "A"),
        ("A B C B", "A B"),
        ("A B C B A", "A"),
        ("A B A B", "A B"),
        ("A B !B", "A"),
        ("A !A", ""),
    ],
)
def test_what_a_stage_can_go_back_to_is_a_stack(events, stack):
    tag = state.Tag("", "", "Ada", "", "")
    history = [
        state.Assignment("champion", number, event.lstrip("!"), event[0] == "!", tag)
        for number, event in enumerate(events.split())
    ]
    assert state.Registry({}, history).stack("champion") == stack.split()


@pytest.mark.usefixtures("two")
def test_the_number_of_a_tag_decides_not_the_clock(monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    git("tag", "--annotate", "--message=x", "model#champion#10", "model@v1.0.0^{}")
    assert state.read().holder("champion") == "v1.0.0"


@pytest.mark.usefixtures("two")
def test_a_challenger_that_becomes_champion_is_no_longer_a_challenger():
    train(0.7)
    done("release", "v1.2.0")
    done("promote", "v1.0.0", "challenger")
    done("promote", "v1.2.0", "challenger")
    said = "champion: v1.1.0 -> v1.2.0\nchallenger: v1.2.0 -> nothing\n"
    assert done("promote", "v1.2.0", "champion") == said
    assert state.read().holder("challenger") is None
    assert origin_tags() == tags()
    assert gto.api.show(".")["model"]["stage"] == {"champion": "v1.2.0"}


@pytest.mark.usefixtures("two")
def test_a_rollback_to_bytes_that_the_remote_lost_moves_nothing():
    before = tags()
    done("fetch", "v1.0.0")  # here they are
    for path in objects("../storage"):
        path.unlink()
    assert refused(run("rollback"), "so v1.0.0 cannot be fetched, and nothing was changed")
    assert tags() == before
