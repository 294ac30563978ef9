"""Gives a stage to a released version, or back to the previous one."""

from ...errors import InputError
from . import audit
from .remote import refuse_lost
from .state import STAGES, Registry, current
from .tags import MODEL, NewTag, publish


def promote(version: str, stage: str) -> str:
    """Give `stage` to `version` and say so; raise InputError when its verdict forbids it."""
    if stage not in STAGES:
        raise InputError(f"{stage!r} is not a stage: give one of {', '.join(STAGES)}")
    registry = current()
    release = registry.release(version)
    judged = audit.verdict(release)
    if judged == "dev only" and stage != "dev":
        raise InputError(
            f"the gate says of {version}: {judged}; it cannot become {stage}: promote another"
        )
    holder = audit.holder(registry, stage)
    if holder == version:
        return f"{version} is {stage} already"
    said = _assign(registry, version=version, stage=stage)
    judged = release.tag.subject
    if stage == "champion" and holder and not judged.endswith(f"compared with {holder}"):
        said += f"\nnote: {version} was not compared with {holder}; its release says {judged!r}"
    return said


def rollback() -> str:
    """Restore the previous champion; raise InputError if there is none, or no bytes of it."""
    registry = current()
    audit.refuse_gaps(registry, "champion")
    stack = registry.stack("champion")
    if not stack:
        raise InputError("no version is champion yet: `make promote` a version first")
    if len(stack) == 1:
        raise InputError(f"no champion came before {stack[0]}: `make promote` names any version")
    release = registry.release(stack[-2])
    audit.verdict(release)
    refuse_lost(release)
    return _assign(registry, version=release.version, stage="champion")


def _assign(registry: Registry, *, version: str, stage: str) -> str:
    """Tag `version` with the next number; a concurrent promotion takes it too and fails.

    A challenger that becomes champion is no longer a challenger.
    """
    said = f"{stage}: {registry.holder(stage) or 'nothing'} -> {version}"
    commit = registry.releases[version].commit
    tags = [NewTag(f"{MODEL}#{stage}#{_last(registry, stage) + 1}", commit, said)]
    if stage == "champion" and registry.holder("challenger") == version:
        tags += _end(registry, "challenger")
    publish(*tags)
    return "\n".join([said, *([tags[-1].message] if tags[1:] else [])])


def _end(registry: Registry, stage: str) -> list[NewTag]:
    """Return tags that take `stage` from each version that could hold it, the holder last."""
    versions, last = registry.stack(stage), _last(registry, stage)
    return [
        NewTag(
            f"{MODEL}#{stage}!#{last + place}",
            registry.releases[version].commit,
            f"{stage}: {versions[-1]} -> {versions[-1] if version != versions[-1] else 'nothing'}",
        )
        for place, version in enumerate(versions, start=1)
    ]


def _last(registry: Registry, stage: str) -> int:
    return max((each.number for each in registry.assignments if each.stage == stage), default=0)
