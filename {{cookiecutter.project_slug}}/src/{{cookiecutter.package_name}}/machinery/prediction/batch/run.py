"""A run of batch: its name, its plan and its progress."""

import fcntl
import json
import os
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
from ..arms import Arms
from .shard import Shard

ALLOWED = "letters, digits, '.', '_' and '-'"


class Progress(BaseModel):
    """The progress of a run."""

    model_config = ConfigDict(extra="ignore", frozen=True)  # what an earlier version kept

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
    """The name of a run, and its plan: which rows are scored by which models."""

    id: str
    plan: dict[str, Any]

    def refuse_other(self, plan: Any) -> None:
        """Raise InputError when a run of this name had another plan."""
        if plan != self.plan:
            both = {**self.plan, **plan}
            differs = [each for each in both if plan.get(each) != self.plan.get(each)]
            raise InputError(
                f"run {self.id} was begun with another {', '.join(differs)}: give another --run-id"
            )


def plan_run(
    name: str,
    sha256: str | None,
    arms: Arms,
    *,
    contributions: int,
    run_id: str,
    shard: Shard | None = None,
) -> Run:
    """Return the run that scores the source `name`; its id is `run_id`, or else a hash.

    The hash is of the source's files and the models, so that the same call is the same run. A
    database has no hash, because its rows may change: its run gets a new name. The ids of shards
    begin alike and sort in the order of their rows.
    """
    plan = {
        "source": sha256 or name,
        "models": arms.versions,
        "rollout": arms.rollout.model_dump(mode="json", exclude={"models", "experiment"}),
        "contributions": contributions,
    }
    if not run_id and sha256:
        run_id = blake2b(json.dumps(plan, sort_keys=True).encode(), digest_size=6).hexdigest()
    run_id = run_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    if shard:
        plan["shard"] = str(shard)
        run_id += f"-{shard.number:0{len(str(shard.count))}}-of-{shard.count}"
    if not run_id.replace("-", "").replace("_", "").replace(".", "").isalnum() or run_id[0] == ".":
        raise InputError(f"--run-id {run_id!r} is not a valid name: use {ALLOWED}")
    return Run(run_id, plan)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock the file `path`, and remove it at the end; raise InputError when it is locked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                raise BlockingIOError  # another process has just ended, and a third begun
        except (BlockingIOError, FileNotFoundError):
            raise InputError(f"{path}: another process writes this run: let it end") from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
