"""Git as the registry uses it: annotated tags in GTO's form, created and pushed, or neither.

GTO checks whether a tag exists and then writes it, so it may replace another's; `git tag` cannot.
"""

import subprocess
from contextlib import suppress

from ...errors import InputError

MODEL = "model"  # the artifact's name in dvc.yaml


def git(*arguments: str, advice: str = "`git status` may say more") -> str:
    """Run Git and return its output; raise InputError with Git's reason if it fails."""
    command = ["git", *arguments]
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        lines = done.stderr.splitlines() or ["it gave no reason"]
        reasons = [line for line in lines if line.startswith(("fatal: ", "error: ", " ! "))]
        raise InputError(f"git {arguments[0]} failed: {(reasons or lines)[0].strip()}; {advice}")
    return done.stdout.rstrip("\n")


def read_file(path: str, commit: str) -> str | None:
    """Return the text of a file of this folder in `commit`, or None if it is not there."""
    if not git("ls-tree", "--name-only", commit, "--", path):
        return None
    return git("show", f"{commit}:./{path}")


def has_origin() -> bool:
    """Return whether this repository has a remote that is called origin."""
    return "origin" in git("remote").split("\n")


def refuse_nobody() -> None:
    """Raise InputError when Git does not know who you are: a tag says who made it."""
    try:
        git("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    except InputError:
        raise InputError(
            "Git does not know who you are: `git config user.name NAME` and `git config user.email"
            " ADDRESS`"
        ) from None


def fetch_tags() -> None:
    """Fetch the registry's tags from origin, if there is one."""
    if has_origin():
        patterns = [f"refs/tags/{MODEL}{sign}*:refs/tags/{MODEL}{sign}*" for sign in "@#"]
        advice = (
            "reach origin first; a tag that differs there was never pushed: `git tag --delete` it"
        )
        git("fetch", "--quiet", "--no-tags", "origin", *patterns, advice=advice)


def publish(tag: str, *, commit: str, message: str) -> None:
    """Create an annotated tag and push it to origin, if there is one.

    Raise InputError, with no tag left here, when somebody else was first or the push fails.
    """
    refuse_nobody()
    try:
        git("tag", "--annotate", "--message", message, tag, commit)
    except InputError as error:
        raise (_taken(tag) or error) from None
    if not has_origin():
        return
    made = git("rev-parse", f"refs/tags/{tag}")
    try:
        git("push", "--quiet", "origin", f"refs/tags/{tag}", advice=f"{tag} was undone here")
    except BaseException as error:  # Ctrl-C too
        git("tag", "--delete", tag)
        if not isinstance(error, InputError):
            raise
        with suppress(InputError):  # the push's own error says more
            fetch_tags()
        taken = _taken(tag) or error
        if taken is error or git("rev-parse", f"refs/tags/{tag}") != made:
            raise taken from None


def _taken(tag: str) -> InputError | None:
    """Return an error that says who made `tag`, or None if the tag is missing."""
    known = git("tag", "--list", "--format=%(taggername) (%(contents:subject))", tag)
    if not known:
        return None
    return InputError(
        f"{tag} was made meanwhile by {known}: look at `model history`, then decide again"
    )
