"""A run of batch: its name, what it is of, how far it has come, and where its parts wait."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from ...errors import InputError
from ...files import atomic_write
from ..arms import Arms
from .source import Source

ALLOWED = "letters, digits, '.', '_' and '-'"


class Progress(BaseModel):
    """How far a run has come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chunks: int = 0
    scored: int = 0
    quarantined: int = 0
    arms: dict[str, int] = {}
    complete: bool = False

    @property
    def read(self) -> int:
        """Return the number of rows that were read."""
        return self.scored + self.quarantined

    def plus(self, answers: pl.DataFrame, bad: pl.DataFrame) -> "Progress":
        """Return the progress after one more chunk."""
        arms = dict(answers.group_by("arm").len().iter_rows())
        return Progress(
            chunks=self.chunks + 1,
            scored=self.scored + answers.height,
            quarantined=self.quarantined + bad.height,
            arms={
                arm: self.arms.get(arm, 0) + arms.get(arm, 0) for arm in sorted({*self.arms, *arms})
            },
        )


@dataclass(frozen=True)
class Run:
    """The name of a run, and its plan: which rows are scored by what."""

    id: str
    plan: dict[str, Any]

    def refuse_other(self, plan: Any) -> None:
        """Raise InputError when a run of this name had another plan."""
        if plan != self.plan:
            differs = [name for name, value in self.plan.items() if plan.get(name) != value]
            raise InputError(
                f"run {self.id} was begun with another {', '.join(differs)}: give another --run-id"
            )


def plan_run(source: Source, arms: Arms, *, contributions: int, run_id: str) -> Run:
    """Return the run with this name.

    Without a name, files name it by what they hold and by the models, so that the same call is the
    same run; a database may hold other rows each time, so that its run gets a new name.
    """
    plan = {
        "source": source.sha256 or source.name,
        "models": arms.versions,
        "rollout": arms.rollout.model_dump(mode="json", exclude={"models"}),
        "contributions": contributions,
    }
    if not run_id and source.sha256:
        run_id = blake2b(json.dumps(plan, sort_keys=True).encode(), digest_size=6).hexdigest()
    run_id = run_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    if not run_id.replace("-", "").replace("_", "").replace(".", "").isalnum() or run_id[0] == ".":
        raise InputError(f"--run-id {run_id!r} is no name: use {ALLOWED}")
    return Run(run_id, plan)


@contextmanager
def workspace(folder: Path) -> Iterator[Path]:
    """Make and lock a folder for the parts of a run; raise InputError when another process has it.

    It outlives a run that is stopped or killed, and goes when that has left nothing in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process writes this run: let it end") from None
        try:
            yield folder
        finally:
            if [path.name for path in folder.iterdir()] == ["lock"]:
                shutil.rmtree(folder)


def clear(folder: Path) -> None:
    """Remove all that a complete run has left in its workspace."""
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink()


def put_aside(bad: pl.DataFrame, folder: Path, number: int) -> None:
    """Write the bad rows of chunk `number`, with their rule, into `folder`."""
    with atomic_write(folder / f"{number:08}.csv") as part:
        bad.write_csv(part)


def gather_quarantine(folder: Path, target: Path) -> None:
    """Join the bad rows in `folder` to the CSV file `target`."""
    parts = pl.scan_csv(sorted(folder.glob("*.csv")), infer_schema=False)
    with atomic_write(target) as part:
        parts.sink_csv(part)
