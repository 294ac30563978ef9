"""Tags that were written by hand, moved or deleted stop whoever would follow them."""

from pathlib import Path

import pytest

from machinery.model.registry import audit, state

from .conftest import commit, done, git, judge, refused, run, tags


def tag(name, at, message=None, *, force=False):
    """Make a tag, with no message by default, here and at the origin."""
    options = ["--annotate", "--message", message] if message else []
    git("tag", *options, *(["--force"] if force else []), name, at)
    git("push", "--quiet", *(["--force"] if force else []), "origin", f"refs/tags/{name}")


def forget(name):
    """Delete a tag here and at the origin."""
    git("tag", "--delete", name)
    git("push", "--quiet", "--delete", "origin", name)


def bare_stage():
    tag("model#champion#3", "model@v1.0.0^{}")


def stage_at_no_release():
    Path("README.md").write_text("more\n")
    commit()
    tag("model#champion#3", "HEAD", "champion: v1.1.0 -> v1.0.0")


def stage_at_another_release():
    tag("model#champion#3", "model@v1.0.0^{}", "champion: v1.1.0 -> v1.1.0")


def deleted_release():
    forget("model@v1.1.0")


def moved_release():
    Path("README.md").write_text("more\n")
    commit()
    message = git("tag", "--list", "--format=%(contents)", "model@v1.1.0")
    tag("model@v1.1.0", "HEAD", message, force=True)
    tag("model#champion#3", "HEAD", "champion: v1.0.0 -> v1.1.0")


def bare_release():
    forget("model@v1.1.0")
    tag("model@v1.1.0", "model#champion#2^{}")


def other_model():
    message = git("tag", "--list", "--format=%(contents)", "model@v1.1.0")
    forget("model@v1.1.0")
    model = audit.stated(state.read().release("v1.0.0"))["model"]
    ours = message.replace(message.split("model: ")[1].split("\n")[0], model)
    tag("model@v1.1.0", "model#champion#2^{}", ours)


def refused_release():
    judge("refused")
    tag("model@v1.2.0", "HEAD", "v1.2.0: accepted, compared with v1.1.0")
    tag("model#champion#3", "HEAD", "champion: v1.1.0 -> v1.2.0")


def held_by_nobody():
    judge("held")
    tag("model@v1.2.0", "HEAD", "v1.2.0: held, compared with v1.1.0")
    tag("model#champion#3", "HEAD", "champion: v1.1.0 -> v1.2.0")


def dev_only():
    judge("dev only")
    tag("model@v1.2.0", "HEAD", "v1.2.0: dev only, compared with v1.1.0")
    tag("model#champion#3", "HEAD", "champion: v1.1.0 -> v1.2.0")


def only_here():
    git("push", "--quiet", "--delete", "origin", "model#champion#2")


def other_at_the_origin():
    git("clone", "--quiet", "../origin.git", "../other")
    git("-C", "../other", "tag", "--annotate", "--force", "--message=x", "model@v1.1.0", "HEAD~1")
    git("-C", "../other", "push", "--quiet", "--force", "origin", "refs/tags/model@v1.1.0")


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (bare_stage, "model#champion#3 has no message, so nobody promoted it: `git tag --delete"),
        (stage_at_no_release, "which is not a release and not v1.0.0: somebody wrote or moved it"),
        (stage_at_another_release, "which is v1.0.0 and not v1.1.0: somebody wrote or moved it"),
        (deleted_release, "the tag model@v1.1.0 is missing: `git push origin refs/tags/model@v1."),
        (moved_release, "model@v1.1.0 was moved from the commit "),
        (bare_release, "model@v1.1.0 was not made by `make release`: `git tag --delete model@v1."),
        (other_model, "model@v1.1.0 says accepted of the model "),
        (refused_release, "reports/gate.json there says refused of "),
        (held_by_nobody, "model@v1.2.0 is held, and names nobody who accepted it: "),
        (dev_only, "the gate says of v1.2.0: dev only; it cannot be champion"),
        (only_here, "model#champion#2 is in this clone and not at the origin: if somebody deleted"),
        (other_at_the_origin, "model@v1.1.0 was moved: here it is at "),
    ],
)
def test_a_stage_that_leads_to_no_accepted_release_stops_fetch_and_promote(fault, reason):
    fault()
    before = tags()
    assert refused(run("fetch"), reason)
    assert not Path("models/champion").exists()
    assert refused(run("promote", "v1.0.0", "champion"), reason)
    assert tags() == before


@pytest.mark.usefixtures("two")
def test_a_tag_that_is_missing_in_between_stops_a_rollback_and_no_promotion():
    forget("model#champion#1")
    reason = "model#champion#2 says that champion went from v1.0.0, and the tags before it say"
    assert refused(run("rollback"), reason)
    assert done("promote", "v1.0.0", "champion").startswith("champion: v1.1.0 -> v1.0.0\n")


@pytest.mark.usefixtures("two")
def test_a_release_of_an_earlier_machinery_states_less_and_counts():
    message = git("tag", "--list", "--format=%(contents)", "model@v1.1.0")
    forget("model@v1.1.0")
    tag("model@v1.1.0", "model#champion#2^{}", message.split("\nmodel: ")[0])
    assert audit.holder(state.read(), "champion") == "v1.1.0"
