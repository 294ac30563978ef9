"""Whether DVC's remote, as a commit names it, has the bytes of that commit."""

import functools
import json
from pathlib import Path

from ...data.dvc import dvc
from ...errors import InputError
from .clone import LOCAL, clean_clone
from .fetch import CANDIDATE, CHANGED, digest
from .lineage import outputs
from .state import Release


def push(commit: str) -> None:
    """Push with DVC; raise InputError when the remote that `commit` names still lacks a file.

    `dvc push` succeeds when the cache has lost a file, and says "up to date" when the remote has
    lost a file of a folder whose list is there (DVC 3.67). Only `--granular` finds the latter.
    """
    dvc("push", advice="is the remote in reach, are its credentials set?")
    with clean_clone(commit, cache(Path.cwd())) as folder:
        asked = ("data", "status", "--not-in-remote", "--granular", "--json")
        said = dvc(*asked, advice="try again", cwd=folder)
    if missing := json.loads(said).get("not_in_remote", []):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        local = f"; does {LOCAL} name another remote than .dvc/config?" if LOCAL.exists() else ""
        advice = f"docs/operations.md says what to do{local}"
        raise InputError(f"{missing[0]}{more} did not reach the remote: {advice}")


def refuse_lost(release: Release) -> None:
    """Raise InputError unless the remote has the bytes of a release: download and compare them."""
    advice = f"so {release.version} cannot be fetched, and nothing was changed"
    with clean_clone(release.commit) as folder:
        dvc("pull", CANDIDATE, advice=advice, cwd=folder, filling=folder / ".dvc")
        if digest(folder / CANDIDATE) != outputs(release.commit).get(str(CANDIDATE)):
            raise InputError(f"{release.version} is not what dvc.lock says, {CHANGED}")


@functools.cache
def cache(_here: Path) -> Path:
    """Return the folder of DVC's cache, which DVC takes a second to say."""
    said = dvc("cache", "dir", advice="correct .dvc/config or .dvc/config.local")
    return Path(said.strip()).resolve()
