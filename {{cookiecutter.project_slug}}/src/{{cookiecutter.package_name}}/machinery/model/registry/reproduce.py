"""Trains and evaluates a commit again, in a clean clone, and compares each hash with dvc.lock."""

import os
import platform
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...data.dvc import dvc
from ...errors import InputError
from .clone import clean_clone
from .lineage import EXTERNAL, pipeline
from .remote import cache

RUNNING = "Running stage '"


def reproduce(commit: str, say: Callable[[str], object]) -> None:
    """Run the pipeline of `commit` from the external tables; raise InputError on other bytes.

    It says which stage runs. It uses the cache here for the tables alone: no result comes from it.
    """
    begun = time.monotonic()
    with clean_clone(commit, cache(Path.cwd())) as folder:
        stated = pipeline(commit)
        pointers = sorted(str(each.relative_to(folder)) for each in folder.glob(f"{EXTERNAL}*.dvc"))
        if pointers:
            dvc("checkout", *pointers, advice="`make pull` fetches the tables", cwd=folder)
        for number, stage in enumerate(_repro(folder), start=1):
            seconds = time.monotonic() - begun
            say(f"making it again, {seconds:3.0f} s: {stage}, stage {number} of {len(stated)}")
        found = pipeline(None, folder)
    for stage, path in _differences(stated, found):
        raise InputError(
            f"{path}, of the stage {stage}, is not what dvc.lock says when it is made again on this"
            f" machine ({platform.system()}, {platform.machine()}): `make repro` and commit, or"
            " release on a machine such as the one that made it"
        )
    say(f"made again in {time.monotonic() - begun:.0f} s: all bytes are those of dvc.lock")


def _repro(folder: Path) -> Iterator[str]:
    """Yield the name of each stage when it starts; raise InputError when one fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {"PATH": path, "PYTHONPATH": "src", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--no-run-cache", "--no-commit"]
    last: deque[str] = deque(maxlen=50)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                last.append(line.strip())
                if line.startswith(RUNNING):
                    yield line.removeprefix(RUNNING).partition("'")[0]
        except BaseException:  # Ctrl-C too
            process.kill()
            raise
    if process.returncode:
        reasons = [line for line in last if line.lower().startswith("error: ")]
        raise InputError(
            f"the pipeline of this commit fails when it runs again: {(reasons or last)[-1]};"
            " `make repro` here, then commit"
            if last
            else "`dvc repro` fails in a clean clone, and gives no reason"
        )


def _differences(stated: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield stage and path of each output that differs, then of each input."""
    for kind in ("outs", "deps"):
        for name in stated | found:
            before, after = (_hashes(each.get(name, {}), kind) for each in (stated, found))
            for path in before | after:
                if before.get(path) != after.get(path):
                    yield name, path


def _hashes(stage: dict[str, Any], kind: str) -> dict[str, str | None]:
    return {each["path"]: each.get("md5") for each in stage.get(kind, [])}
