"""Releases the candidate: refuses what cannot be traced, judges it again, pushes it, tags it."""

import json
from dataclasses import dataclass
from pathlib import Path

from ...data.dvc import dvc
from ...errors import InputError
from ...project import Project
from ..verdict import Verdict, parse
from .best import best
from .fetch import CANDIDATE, fetch
from .lineage import describe
from .remade import remade
from .state import Registry, current, numbers
from .tags import MODEL, git, publish, refuse_nobody

GATE = Path("reports/gate.json")
BUMPS = ("major", "minor", "patch")
OTHERS = {"test", "validation"}  # in metrics.json, but no metrics of the test rows


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
    registry = current()
    version, commit = choose(registry, version=version, bump=bump), git("rev-parse", "HEAD")
    refuse_stale()
    refuse_unjudged(project)
    champion = registry.holder("champion")
    folder = fetch(registry.release(champion)) if champion else None
    strongest = best(registry)
    rival = fetch(registry.release(strongest)) if strongest else None
    verdict = examine(project, folder, best=rival, remade=lambda name: remade(registry, name))
    return Plan(version, commit, champion, verdict)


def finish(plan: Plan) -> None:
    """Push data and model, verify that the remote has them, and tag the commit with the version.

    Raise InputError, with nothing tagged, when commit or champion changed since `prepare`.
    """
    push()
    refuse_changes()
    registry = current()
    if git("rev-parse", "HEAD") != plan.commit or registry.holder("champion") != plan.champion:
        raise InputError("the commit or the champion changed meanwhile: `make release` again")
    headline = f"{plan.version}: {plan.verdict.verdict}, {plan.verdict.comparison}"
    metrics = describe(registry, None)["metrics"]
    test = [_line(name, metric) for name, metric in metrics.items() if name not in OTHERS]
    lines = [headline, "", *test]
    publish(f"{MODEL}@{plan.version}", commit=plan.commit, message="\n".join(lines))


def refuse_changes() -> None:
    """Raise InputError unless everything here is committed."""
    if changed := git("status", "--porcelain", "--untracked-files", "--", ".").split("\n")[0]:
        raise InputError(f"{changed[3:]} is not as in the last commit: commit or undo all changes")
    git("rev-parse", "--verify", "HEAD", advice="commit first")


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


def refuse_stale() -> None:
    """Raise InputError unless the candidate fits dvc.lock, and dvc.lock fits the files here."""
    status = json.loads(dvc("status", "--json", advice="`dvc status` says more"))
    changes = [each for stage in status.values() for each in stage if isinstance(each, dict)]
    for each in changes:
        if state := each.get("changed outs", {}).get(str(CANDIDATE)):
            raise InputError(
                f"{CANDIDATE} is {state}, not what dvc.lock says: `dvc checkout` or `make repro`"
            )
    if status:
        raise InputError(f"stale: {', '.join(status)}: `make pull` or `make repro`, then commit")


def refuse_unjudged(project: Project) -> None:
    """Raise InputError unless reports/gate.json accepts exactly this candidate."""
    from ..artifact import load  # noqa: PLC0415  XGBoost takes a second to import

    verdict = parse(GATE.read_text(encoding="utf-8") if GATE.exists() else None, str(GATE))
    if verdict.model != load(CANDIDATE, project.features_version).manifest.sha256:
        raise InputError(f"{GATE} judges another model than {CANDIDATE}: `make repro`, then commit")
    if verdict.verdict == "refused":
        raise InputError(f"{GATE} says refused: only what the gate accepts can be released")


def push() -> None:
    """Push with DVC; raise InputError when the remote still lacks a file.

    `dvc push` succeeds when the cache has lost a file, and says "up to date" when the remote has
    lost a file of a folder whose list is there (DVC 3.67). Only `--granular` finds the latter.
    """
    dvc("push", advice="is the remote in reach, are its credentials set?")
    said = dvc("data", "status", "--not-in-remote", "--granular", "--json", advice="try again")
    if missing := json.loads(said).get("not_in_remote", []):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(
            f"{missing[0]}{more} did not reach the remote: docs/operations.md says what to do"
        )


def _line(name: str, metric: float | dict[str, float]) -> str:
    if isinstance(metric, dict):
        return f"{name}: {metric['value']} [{metric['low']}, {metric['high']}]"
    return f"{name}: {metric}"
