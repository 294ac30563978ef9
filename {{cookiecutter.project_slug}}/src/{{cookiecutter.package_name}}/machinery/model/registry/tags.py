"""Git as the registry uses it: annotated tags in GTO's form, created and pushed, or neither.

GTO checks whether a tag exists and then writes it, so it may replace another's; `git tag` cannot.
"""

import subprocess
from contextlib import suppress
from typing import NamedTuple

from ...errors import InputError

MODEL = "model"  # the artifact's name in dvc.yaml
PATTERNS = [f"refs/tags/{MODEL}{sign}*" for sign in "@#"]


class NewTag(NamedTuple):
    """An annotated tag to create."""

    name: str
    commit: str
    message: str


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


def user() -> str:
    """Return the name and the address that Git knows you by."""
    return git("var", "GIT_COMMITTER_IDENT").partition(">")[0] + ">"


def fetch_tags() -> None:
    """Fetch the registry's tags from origin, if there is one.

    Raise InputError when a tag differs there, or is only here: somebody moved or deleted it.
    """
    if not has_origin():
        return
    said = git("ls-remote", "--tags", "--refs", "origin", *PATTERNS, advice="reach origin first")
    there = {name: made for made, name in (line.split("\t") for line in said.splitlines())}
    lines = git("for-each-ref", "--format=%(objectname) %(refname)", *PATTERNS).splitlines()
    here = {name: made for made, name in (line.split(" ") for line in lines)}
    for name, made in here.items():
        if there.get(name) != made:
            raise _differs(name, made, there.get(name))
    if new := [f"{name}:{name}" for name in there if name not in here]:
        git("fetch", "--quiet", "--no-tags", "origin", *new, advice="reach origin first")


def _differs(name: str, made: str, there: str | None) -> InputError:
    """Return an error that says how a tag differs from origin's, and how to keep either."""
    tag, keep = name.removeprefix("refs/tags/"), f"git push --force origin {name}"
    delete = f"`git tag --delete {tag}`"
    if there is None:
        return InputError(
            f"{tag} is in this clone and not at the origin: if somebody deleted it there, or a push"
            f" was interrupted, `{keep}` restores it, and else {delete} removes it here"
        )
    git("fetch", "--quiet", "--no-tags", "origin", name, advice="reach origin first")
    return InputError(
        f"{tag} was moved: here it is at {_describe(made)}, at the origin at {_describe(there)};"
        f" `{keep}` restores this one, {delete} takes the origin's"
    )


def _describe(made: str) -> str:
    """Return the commit of a tag, and who made the tag and when, if it says so."""
    commit = git("rev-list", "--max-count=1", "--abbrev-commit", made)
    lines = git("cat-file", "-p", made).split("\n\n")[0].splitlines()
    who = [line.removeprefix("tagger ").partition(" <")[0] for line in lines if "tagger " in line]
    return f"{commit} by {who[0]}" if who else commit


def publish(*tags: NewTag) -> None:
    """Create annotated tags and push them to origin, if there is one: all or none.

    Raise InputError, with no tag left here, when somebody else was first or the push fails.
    """
    refuse_nobody()
    made: dict[str, str] = {}
    try:
        for tag in tags:
            git("tag", "--annotate", "--message", tag.message, tag.name, tag.commit)
            made[tag.name] = git("rev-parse", f"refs/tags/{tag.name}")
        if has_origin():
            names = [f"refs/tags/{name}" for name in made]
            together = ["--atomic"] if len(names) > 1 else []
            advice = f"{', '.join(made)} was undone here"
            git("push", "--quiet", *together, "origin", *names, advice=advice)
    except BaseException as error:  # Ctrl-C too
        if made:
            git("tag", "--delete", *made)
        if not isinstance(error, InputError):
            raise
        with suppress(InputError):  # the push's own error says more
            fetch_tags()
        for tag in tags:
            if not (taken := _taken(tag.name)):
                raise
            if git("rev-parse", f"refs/tags/{tag.name}") != made.get(tag.name):
                raise taken from None


def _taken(tag: str) -> InputError | None:
    """Return an error that says who made `tag`, or None if the tag is missing."""
    known = git("tag", "--list", "--format=%(taggername) (%(contents:subject))", tag)
    if not known:
        return None
    return InputError(
        f"{tag} was made meanwhile by {known}: look at `model history`, then decide again"
    )
