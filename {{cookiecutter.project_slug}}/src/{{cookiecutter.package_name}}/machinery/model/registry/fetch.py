"""Released models as folders: each fetched once, with a link for each stage that has a version."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from ...data.dvc import dvc
from ...errors import InputError
from ...files import atomic_write
from ...project import Project
from . import audit
from .lineage import outputs
from .state import STAGES, Registry, Release
from .tags import MODEL

MODELS = Path("models")
CANDIDATE = MODELS / "candidate"
CHANGED = "as its bytes on the remote were changed: `dvc push --all-tags` from a clone with them"


def fetch(release: Release) -> Path:
    """Return the folder of a release; DVC fetches it unless it is here and complete."""
    folder, stated = MODELS / release.version, outputs(release.commit).get(str(CANDIDATE))
    if folder.is_dir() and digest(folder) == stated:
        return folder
    advice = f"is the remote in reach, was {release.version} pushed? What was here stays"
    with atomic_write(folder) as part:
        version = ("--rev", release.version)  # not by stage: DVC looks that up by date
        dvc("artifacts", "get", ".", MODEL, *version, "--out", part, advice=advice)
        if digest(part) != stated:
            raise InputError(f"{release.version} is not what dvc.lock says, {CHANGED}")
    return folder


def fetch_stage(project: Project, registry: Registry, stage: str) -> Path | None:
    """Point the link models/`stage` to the version that has the stage, and return the link.

    A new link is renamed over the old one, so that a reader always sees one complete model; a
    folder could not be replaced so. The link also tells a running service its version. If the last
    challenger became champion, its link follows the champion: rollout.yaml may still give it a
    share, and without a model the service would refuse the new champion too.
    """
    link, version = MODELS / stage, audit.holder(registry, stage)
    version = version or (registry.promoted_challenger() if stage == "challenger" else None)
    if version is None:
        link.unlink(missing_ok=True)
        return None
    from ..artifact import load  # noqa: PLC0415  XGBoost takes a second to import

    folder = fetch(registry.release(version))
    load(folder, project.features_version)  # this code can use it
    part = link.with_name(f"{stage}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(folder.name)
    part.replace(link)
    return link


def fetch_stages(project: Project, registry: Registry) -> Iterator[str]:
    """Fetch the version of each stage, the champion first, and yield the target of each link."""
    for stage in STAGES:
        link, holder = fetch_stage(project, registry, stage), registry.holder(stage)
        follows = f", {link} follows the champion" if link and not holder else ""
        yield f"{stage}: {holder or 'nothing'}{follows}"


def digest(folder: Path) -> str:
    """Return the MD5 that DVC gives a folder: that of the sorted list of its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = [
        {"md5": _md5(path.read_bytes()), "relpath": path.relative_to(folder).as_posix()}
        for path in files
    ]
    return f"{_md5(json.dumps(entries, sort_keys=True).encode())}.dir"


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
