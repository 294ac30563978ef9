"""Today's tables as an older release reads them: its own code makes the features."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl

from ...errors import InputError
from ...files import scan_table
from .clone import clean_clone
from .lineage import EXTERNAL, pipeline
from .state import Registry

STAGES = re.compile(r"clean@\w+|rows|features")  # from the external tables to the features


def remade(registry: Registry, version: str) -> pl.DataFrame | None:
    """Return the features that the code of `version` makes of the tables that are here.

    Returns None if that code and its parameters are those of this commit.
    """
    commit = registry.release(version).commit
    old = _needed(commit)
    if _code(old) == _code(_needed(None)):
        return None
    with clean_clone(commit) as project:
        for table in Path(EXTERNAL).glob("*.parquet"):
            (project / EXTERNAL / table.name).symlink_to(table.resolve())
        for name, stage in old.items():
            _run(stage["cmd"], project, f"stage {name} of {version}")
        return scan_table(project / old["features"]["outs"][0]["path"]).collect()


def _needed(commit: str | None) -> dict[str, Any]:
    """Return the stages that make the features, in their order."""
    found = {name: each for name, each in pipeline(commit).items() if STAGES.fullmatch(name)}
    return dict(sorted(found.items(), key=lambda item: (item[0] == "features", item[0] == "rows")))


def _code(known: dict[str, Any]) -> dict[str, Any]:
    """Return what decides the features: the user's modules by MD5, and the parameters.

    The machinery does not count: updates replace it, and its tests say that it makes the same rows.
    """
    return {
        name: (
            {
                each["path"]: each.get("md5")
                for each in stage.get("deps", [])
                if each["path"].startswith("src/") and "/machinery/" not in each["path"]
            },
            stage.get("params", {}).get("params.yaml"),
        )
        for name, stage in known.items()
    }


def _run(command: str, project: Path, what: str) -> None:
    """Run a stage of an older commit with this Python; raise InputError if it fails."""
    arguments = [sys.executable, *shlex.split(command)[1:]]
    variables = os.environ | {"PYTHONPATH": str(project / "src")}
    done = subprocess.run(
        arguments, cwd=project, env=variables, check=False, capture_output=True, text=True
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
        raise InputError(f"{what} fails on today's tables: {lines[-1]}")
