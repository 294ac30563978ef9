"""Gives a stage to a released version, or back to the previous one."""

from ...errors import InputError
from ..verdict import parse
from .state import STAGES, Registry, current
from .tags import MODEL, publish, read_file


def promote(version: str, stage: str) -> str:
    """Give `stage` to `version` and say so; raise InputError when its verdict forbids it."""
    if stage not in STAGES:
        raise InputError(f"{stage!r} is not a stage: {', '.join(STAGES)}")
    registry = current()
    release = registry.release(version)
    text = read_file("reports/gate.json", release.commit)
    judged = parse(text, f"reports/gate.json of {version}").verdict
    if judged != "accepted" and (stage, judged) != ("dev", "dev only"):
        raise InputError(f"the gate says of {version}: {judged}; it cannot become {stage}")
    holder = registry.holder(stage)
    if holder == version:
        return f"{version} is {stage} already"
    said = _assign(registry, version=version, stage=stage)
    if stage == "champion" and holder and not release.judged.endswith(f"compared with {holder}"):
        said += (
            f"\nnote: {version} was not compared with {holder}; its release says {release.judged!r}"
        )
    return said


def rollback() -> str:
    """Restore the previous champion; raise InputError if there is none."""
    registry = current()
    stack = registry.stack("champion")
    if not stack:
        raise InputError("no version is champion yet: `make promote` a version first")
    if len(stack) == 1:
        raise InputError(f"no champion came before {stack[0]}: `make promote` names any version")
    return _assign(registry, version=stack[-2], stage="champion")


def _assign(registry: Registry, *, version: str, stage: str) -> str:
    """Tag `version` with the next number; a concurrent promotion takes it too and fails."""
    number = max((each.number for each in registry.assignments if each.stage == stage), default=0)
    said = f"{stage}: {registry.holder(stage) or 'nothing'} -> {version}"
    tag, commit = f"{MODEL}#{stage}#{number + 1}", registry.releases[version].commit
    publish(tag, commit=commit, message=said)
    return said
