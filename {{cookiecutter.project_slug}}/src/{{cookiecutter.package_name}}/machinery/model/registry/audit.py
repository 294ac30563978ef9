"""Whether the registry's tags say what their commits hold: none written by hand, moved or missing.

A release's tag states the commit, the model's hash and the verdict; a stage's tag states from which
version to which the stage went. Tags of GTO state nothing of it, and need only name a release.
"""

import re

from ...errors import InputError
from ..verdict import parse
from .state import Assignment, Registry, Release, Tag
from .tags import MODEL, read_file

GATE = "reports/gate.json"
VERDICT = re.compile(r"(?P<version>v[\d.]+): (?P<verdict>accepted|held|dev only), compared with .+")
MOVE = re.compile(r"[\w-]+: (?P<before>\S+) -> (?P<after>\S+)")
ACCEPTED_BY = "accepted by"


def message(subject: str, metrics: list[str], stated: dict[str, str]) -> str:
    """Return the message of a release's tag."""
    return "\n".join(
        [subject, "", *metrics, "", *(f"{name}: {value}" for name, value in stated.items())]
    )


def stated(release: Release) -> dict[str, str]:
    """Return what the last paragraph of a release's tag states: model, commit and who accepted."""
    lines = release.tag.message.rstrip().rpartition("\n\n")[2].splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def verdict(release: Release) -> str:
    """Return what the gate said of a release; raise InputError when its tag is not true.

    A tag of an earlier version of the machinery states neither the model nor the commit.
    """
    tag, known = release.tag, stated(release)
    match = VERDICT.fullmatch(tag.subject)
    if not match or match["version"] != release.version:
        raise InputError(f"{tag.name} was not made by `make release`: {_withdraw(tag)}")
    if known.get("commit", tag.commit) != tag.commit:
        raise InputError(
            f"{tag.name} was moved from the commit {known['commit'][:7]} to {tag.commit[:7]}: push"
            f" the old tag from a clone that has it; without one, {_withdraw(tag)}"
        )
    judged = parse(read_file(GATE, tag.commit), f"{GATE} of {release.version}")
    fits = judged.verdict in {"accepted", match["verdict"]}  # the champion is asked only later
    if known.get("model", judged.model) != judged.model or not fits:
        raise InputError(
            f"{tag.name} says {match['verdict']} of the model {known.get('model', '')[:12]}, and"
            f" {GATE} there says {judged.verdict} of {judged.model[:12]}: {_withdraw(tag)}"
        )
    if match["verdict"] == "held" and ACCEPTED_BY not in known:
        raise InputError(f"{tag.name} is held, and names nobody who accepted it: {_withdraw(tag)}")
    return match["verdict"]


def _withdraw(tag: Tag) -> str:
    return (
        f"`git tag --delete {tag.name}` and `git push --delete origin {tag.name}` withdraw it, then"
        " release again"
    )


def holder(registry: Registry, stage: str) -> str | None:
    """Return the version that has `stage`; raise InputError unless it is an accepted release."""
    found = [each for each in registry.assignments if each.stage == stage]
    for each in found if found and found[-1].ended else found[-1:]:
        refuse(registry, each)
    version = registry.holder(stage)
    if version and verdict(registry.release(version)) == "dev only" and stage != "dev":
        raise InputError(f"the gate says of {version}: dev only; it cannot be {stage}: promote one")
    return version


def refuse(registry: Registry, given: Assignment) -> None:
    """Raise InputError when the tag of a stage names no release, or another than it says."""
    tag, said = given.tag, MOVE.fullmatch(given.tag.subject)
    away = f"`git tag --delete {tag.name}` and `git push --delete origin {tag.name}` remove the tag"
    if not tag.message:
        raise InputError(f"{tag.name} has no message, so nobody promoted it: {away}")
    after = given.version if said is None or given.ended else said["after"]
    if given.version is None and after and after not in registry.releases:
        raise InputError(
            f"{tag.name} gives {given.stage} to {after}, and the tag {MODEL}@{after} is missing:"
            f" `git push origin refs/tags/{MODEL}@{after}` from a clone that has it; else {away}"
        )
    if given.version is None or given.version != after:
        raise InputError(
            f"{tag.name} is at the commit {tag.commit[:7]}, which is"
            f" {given.version or 'not a release'}{f' and not {after}' if after else ''}:"
            f" somebody wrote or moved it by hand; {away}"
        )


def refuse_gaps(registry: Registry, stage: str) -> None:
    """Raise InputError when a tag of `stage` is missing, by what the next one says."""
    found = [each for each in registry.assignments if each.stage == stage]
    for place, each in enumerate(found):
        refuse(registry, each)
        said = MOVE.fullmatch(each.tag.subject)
        before = Registry(registry.releases, found[:place]).holder(stage) or "nothing"
        if said and said["before"] != before:
            raise InputError(
                f"{each.tag.name} says that {stage} went from {said['before']}, and the tags before"
                f" it say {before}: one is missing; `make promote` gives {stage} to any version"
            )
