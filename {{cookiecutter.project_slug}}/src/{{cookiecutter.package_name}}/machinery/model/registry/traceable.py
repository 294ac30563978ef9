"""Refuses a candidate that is not what its commit gives, and a commit that others do not have."""

import hashlib
import json
import re
from pathlib import Path

from ...data.dvc import dvc
from ...errors import InputError
from ...files import sha256
from ...project import Project
from ..verdict import parse
from .fetch import CANDIDATE, digest
from .lineage import EXTERNAL, outputs, tables
from .tags import git, has_origin

GATE, USE_CASE = Path("reports/gate.json"), Path("docs/use-case.md")
UNANSWERED = re.compile(r"(not answered( yet)?|to be done|todo|tbd|\W*)\.?", re.IGNORECASE)


def refuse_changes() -> None:
    """Raise InputError unless everything here is committed."""
    if changed := git("status", "--porcelain", "--untracked-files", "--", ".").split("\n")[0]:
        raise InputError(f"{changed[3:]} is not as in the last commit: commit or undo all changes")
    git("rev-parse", "--verify", "HEAD", advice="commit first")


def refuse_unpushed(commit: str) -> None:
    """Raise InputError unless `commit` is on origin's branch, if there is an origin."""
    if not has_origin():
        return
    said = git("ls-remote", "--symref", "origin", "HEAD", advice="reach origin first")
    branch = next((line.split()[1] for line in said.splitlines() if line.startswith("ref: ")), None)
    if branch:
        git("fetch", "--quiet", "--no-tags", "origin", branch, advice="reach origin first")
        if not git("rev-list", "--max-count=1", commit, "^FETCH_HEAD"):
            return
    name = (branch or "its branch").removeprefix("refs/heads/")
    raise InputError(
        f"the commit {commit[:7]} is not on {name} of origin: push or merge it first, so that"
        " others have what you release"
    )


def refuse_frozen() -> None:
    """Raise InputError when DVC does not run a stage again because somebody froze it."""
    from ruamel.yaml import YAML  # noqa: PLC0415  not every command reads YAML

    stages = YAML(typ="safe").load(Path("dvc.yaml").read_text(encoding="utf-8")).get("stages", {})
    for name, stage in stages.items():
        if stage.get("frozen") or (stage.get("do") or {}).get("frozen"):
            raise InputError(
                f"dvc.yaml: the stage {name} is frozen, so its results may be of other inputs:"
                " remove `frozen: true`, `make repro`, then commit"
            )


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


def refuse_edited() -> None:
    """Raise InputError unless each table, result and report has the hash that is stated for it.

    The hashes are computed again, because DVC remembers that of a file by its size and time.
    """
    for path, md5 in outputs(None).items():
        if md5 and md5 != _md5(Path(path)):
            raise InputError(
                f"{path} is not what dvc.lock says, though it looks unchanged: `dvc repro --force`,"
                " then commit"
            )
    for name, known in tables(None).items():
        table = Path(EXTERNAL, name)
        if known != {"md5": _md5(table), "sha256": sha256(table)}:
            raise InputError(
                f"{table} is not what {table}.dvc says: `dvc checkout`, or `data update` it"
            )


def _md5(path: Path) -> str:
    if path.is_dir():
        return digest(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def refuse_unjudged(project: Project) -> None:
    """Raise InputError unless reports/gate.json accepts exactly this candidate."""
    from ..artifact import load  # noqa: PLC0415  XGBoost takes a second to import

    verdict = parse(GATE.read_text(encoding="utf-8") if GATE.exists() else None, str(GATE))
    if verdict.model != load(CANDIDATE, project.features_version).manifest.sha256:
        raise InputError(f"{GATE} judges another model than {CANDIDATE}: `make repro`, then commit")
    if verdict.verdict == "refused":
        raise InputError(f"{GATE} says refused: only what the gate accepts can be released")


def refuse_unanswered() -> None:
    """Raise InputError while a question of docs/use-case.md has no answer."""
    from ..card import answers  # noqa: PLC0415  Jinja takes a moment

    found = answers(USE_CASE).items()
    if missing := [heading for heading, answer in found if UNANSWERED.fullmatch(answer.strip())]:
        raise InputError(
            f"{USE_CASE} does not answer {', '.join(missing)}: answer, `make repro`, then commit"
        )
