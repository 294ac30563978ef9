"""Releases the candidate: refuses what cannot be traced, judges it again, pushes it, tags it."""

from collections.abc import Callable
from dataclasses import dataclass

from ...errors import InputError
from ...project import Project
from ..verdict import Verdict
from . import audit
from .best import best
from .ci import reproduced
from .fetch import fetch
from .lineage import describe, report_of_data
from .remade import remade
from .remote import push
from .reproduce import reproduce
from .state import Registry, current, numbers
from .tags import MODEL, NewTag, git, publish, refuse_nobody, user
from .traceable import (
    refuse_changes,
    refuse_edited,
    refuse_frozen,
    refuse_stale,
    refuse_unanswered,
    refuse_unjudged,
    refuse_unpushed,
)

BUMPS = ("major", "minor", "patch")
OTHERS = {"test", "validation"}  # in metrics.json, but no metrics of the test rows
NEXT = "the lines above say why, and docs/experiments.md what to do about each"


@dataclass(frozen=True)
class Plan:
    """A planned release: version, commit and the verdict, also against the current champion."""

    version: str
    commit: str
    champion: str | None
    verdict: Verdict


def prepare(project: Project, version: str | None, bump: str | None) -> Plan:
    """Judge the candidate again; raise InputError when something prevents a release.

    Nothing is tagged or pushed.
    """
    from ..gate import examine  # noqa: PLC0415  reads tables and models

    refuse_changes()
    refuse_nobody()
    refuse_frozen()
    refuse_unanswered()
    registry = current()
    version, commit = choose(registry, version=version, bump=bump), git("rev-parse", "HEAD")
    refuse_unpushed(commit)
    refuse_stale()
    refuse_edited()
    refuse_unjudged(project)
    champion = audit.holder(registry, "champion")
    folder = fetch(registry.release(champion)) if champion else None
    strongest = best(registry)
    if strongest:
        audit.verdict(registry.release(strongest))
    rival = fetch(registry.release(strongest)) if strongest else None
    verdict = examine(
        project,
        folder,
        best=rival,
        remade=lambda name: remade(registry, name),
        before=report_of_data(registry),
    )
    return Plan(version, commit, champion, verdict)


def refuse_verdict(verdict: Verdict, accept: str | None) -> None:
    """Raise InputError unless the gate accepts the model, or a person accepts what it holds."""
    if verdict.verdict == "refused":
        raise InputError(f"the gate refuses models/candidate: nothing was pushed or tagged; {NEXT}")
    if verdict.verdict == "held" and not (accept and accept.strip()):
        raise InputError(
            f"the gate holds models/candidate by {'; '.join(verdict.held_by)}: look into it, and"
            ' accept it by ACCEPT="your reason", which the tag keeps with your name'
        )
    if accept and verdict.verdict != "held":
        raise InputError(f"the gate says {verdict.verdict}, and holds nothing: leave out ACCEPT")


def finish(plan: Plan, accept: str | None, say: Callable[[str], object]) -> None:
    """Make everything again, push it, verify that the remote has it, and tag the commit.

    The tag keeps the reason to `accept` a model that the gate holds. Raise InputError, with nothing
    tagged, when the bytes differ, or commit or champion changed since `prepare`.
    """
    if reproduced(plan.commit):
        say("CI made everything again: all bytes are those of dvc.lock")
    else:
        reproduce(plan.commit, say)
    push(plan.commit)
    refuse_changes()
    registry = current()
    if git("rev-parse", "HEAD") != plan.commit or registry.holder("champion") != plan.champion:
        raise InputError("the commit or the champion changed meanwhile: `make release` again")
    subject = f"{plan.version}: {plan.verdict.verdict}, {plan.verdict.comparison}"
    metrics = describe(registry, None)["metrics"]
    test = [_line(name, metric) for name, metric in metrics.items() if name not in OTHERS]
    stated = {"model": plan.verdict.model, "commit": plan.commit}
    if accept:
        stated["held by"] = "; ".join(plan.verdict.held_by)
        stated[audit.ACCEPTED_BY] = f"{user()}: {' '.join(accept.split())}"
    said = audit.message(subject, test, stated)
    publish(NewTag(f"{MODEL}@{plan.version}", plan.commit, said))


def choose(registry: Registry, *, version: str | None, bump: str | None) -> str:
    """Return the given or the next version; raise InputError unless it is higher than the last."""
    head = git("rev-parse", "HEAD")
    for known in registry.releases.values():
        if known.commit == head:
            raise InputError(f"this commit is {known.version} already: commit something new")
    last = next(reversed(registry.releases), "v0.0.0")
    if bump and not version:
        place, old = BUMPS.index(bump), numbers(last)
        return "v" + ".".join(map(str, (*old[:place], old[place] + 1, *[0] * (2 - place))))
    if bump or not version:
        raise InputError("give one of both: VERSION=v1.2.0, or BUMP=major, minor or patch")
    if numbers(version) <= numbers(last) and registry.releases:
        reason = "exists" if version in registry.releases else "goes backwards"
        raise InputError(f"{version} {reason}, the last is {last}: give a higher one, or BUMP=")
    return version


def _line(name: str, metric: float | dict[str, float]) -> str:
    if isinstance(metric, dict):
        return f"{name}: {metric['value']} [{metric['low']}, {metric['high']}]"
    return f"{name}: {metric}"
