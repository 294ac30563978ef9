"""What a model was made of and how good it is, read from Git alone: candidate or release."""

import io
import json
from pathlib import Path
from typing import Any

from ...data.changes import DATA, Change, since
from ...errors import InputError
from ...params import Changes
from ..verdict import parse
from .state import STAGES, Registry, read
from .tags import git, read_file

EXTERNAL = "data/external/"
MANIFEST = "models/candidate/manifest.json"


def describe(registry: Registry, version: str | None) -> dict[str, Any]:
    """Return all about a release, or about the candidate here if `version` is None."""
    commit = registry.release(version).commit if version else None
    text = _text("reports/gate.json", commit)
    gate = parse(text, "reports/gate.json") if text else None
    judged = gate.model if gate else None
    model = judged if commit else _json(MANIFEST, None).get("sha256")
    return {
        "version": version or "candidate",
        "commit": commit or _here(),
        "model": model,
        "stages": [stage for stage in STAGES if version and registry.holder(stage) == version],
        "verdict": gate.verdict if gate and gate.model == model else None,
        "metrics": _json("reports/metrics.json", commit),
        "split": _json("reports/split.json", commit),
        "data": tables(commit),
        "environment": _json("data/environment.json", commit),
        "parameters": _parameters(commit),
    }


def readable(known: dict[str, Any]) -> str:
    """Return what `describe` says as YAML, for people to read."""
    from ruamel.yaml import YAML  # noqa: PLC0415  as in _yaml

    text = io.StringIO()
    YAML().dump(known, text)
    return text.getvalue()


def tables(commit: str | None) -> dict[str, dict[str, str | None]]:
    """Return MD5 and SHA-256 of each external table that the pipeline read.

    The SHA-256 is the pointer's; it is None if the pointer is missing or is of other bytes.
    """
    stages = pipeline(commit).values()
    read = {each["path"]: each.get("md5") for stage in stages for each in stage.get("deps", [])}
    found = {}
    for path, md5 in sorted(read.items()):
        if path.startswith(EXTERNAL):
            pointer = _yaml(f"{path}.dvc", commit)
            same = pointer.get("outs", [{}])[0].get("md5") == md5
            sha256 = pointer.get("meta", {}).get("sha256") if same else None
            found[path.removeprefix(EXTERNAL)] = {"md5": md5, "sha256": sha256}
    return found


def report_of_data(registry: Registry) -> dict[str, Any] | None:
    """Return reports/data.json of the last release, or None if there is none."""
    last = next(reversed(registry.releases.values()), None)
    return _json(str(DATA), last.commit) if last else None


def changes(limits: Changes) -> tuple[list[Change], bool]:
    """Return how the tables here differ from the last release, and whether there is one.

    Before the first release, the last commit counts; without one, nothing has changed.
    """
    try:
        registry = read()
        before = report_of_data(registry)
        if before is None:
            before = _json(str(DATA), git("rev-parse", "--verify", "HEAD"))
    except InputError:
        return [], False  # no repository, or no commit yet
    found = since(before, limits) if DATA.exists() else []
    return found, bool(registry.releases)


def outputs(commit: str | None) -> dict[str, str | None]:
    """Return the MD5 of each output of the pipeline, as dvc.lock states it."""
    stages = pipeline(commit).values()
    return {each["path"]: each.get("md5") for stage in stages for each in stage.get("outs", [])}


def _here() -> str | None:
    """Return the commit that is checked out, marked when the tree differs from it."""
    try:
        changed = git("status", "--porcelain", "--", ".")
        return git("rev-parse", "HEAD") + (" with changes" if changed else "")
    except InputError:
        return None  # no repository, or no commit yet


def _parameters(commit: str | None) -> dict[str, Any]:
    """Return the parameters that the stages ran with."""
    found: dict[str, Any] = {}
    for stage in pipeline(commit).values():
        found |= stage.get("params", {}).get("params.yaml", {})
    return found


def pipeline(commit: str | None, folder: Path = Path()) -> dict[str, Any]:
    """Return the stages as dvc.lock has them: command, dependencies, parameters and outputs."""
    found: dict[str, Any] = _yaml(str(folder / "dvc.lock"), commit).get("stages", {})
    return found


def _text(path: str, commit: str | None) -> str | None:
    if commit:
        return read_file(path, commit)
    return Path(path).read_text(encoding="utf-8") if Path(path).exists() else None


def _json(path: str, commit: str | None) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(_text(path, commit) or "{}")
    except ValueError:
        raise InputError(f"{path} is not JSON: run the stage that writes it again") from None
    return content


def _yaml(path: str, commit: str | None) -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415  not every command reads YAML
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        return YAML(typ="safe").load(_text(path, commit) or "") or {}
    except YAMLError:
        raise InputError(f"{path} is not YAML: `git checkout` it") from None
