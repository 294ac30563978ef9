"""Who gets which model: rollout.yaml, and the arm of a unit, the same through every door."""

from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Self

import polars as pl
from pydantic import Field, model_validator

from ..data.table import Row
from ..errors import InputError
from ..params import Section, Share, read

CHAMPION, CHALLENGER, HOLDOUT = "champion", "challenger", "holdout"

Folder = Annotated[Path, Field(strict=False)]


class Models(Section):
    """The folders of the models."""

    champion: Folder
    challenger: Folder
    before_release: Folder | None  # predicts for as long as there is no champion


class Rollout(Section):
    """All of rollout.yaml."""

    salt: str  # another salt deals the units out anew
    assign_by: str  # the column whose value decides the arm
    holdout: Share  # get no decision of a model
    challenger: Share  # get the challenger's; all others get the champion's
    shadow: bool  # the challenger scores all and decides nothing
    default_decision: bool  # what the holdout gets
    models: Models

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.holdout + self.challenger > 1:
            raise ValueError("holdout and challenger are more than 1 together: lower a share")
        if self.shadow and self.challenger:
            raise ValueError("in shadow the challenger decides nothing: set challenger to 0")
        return self

    def arm(self, unit: str) -> str:
        """Return the arm of a unit.

        The holdout grows from 0 up and the challenger from 1 down, so that a share that grows
        takes units of the champion alone and moves no other.
        """
        place = _place(unit, self.salt)
        if place < self.holdout:
            return HOLDOUT
        return CHALLENGER if place >= 1 - self.challenger else CHAMPION


def load(path: Path, row: Row) -> Rollout:
    """Read and check the rollout at `path`; raise InputError naming each wrong setting."""
    rollout = read(path, Rollout)
    if rollout.assign_by not in row.columns:
        raise InputError(
            f"{path}: assign_by {rollout.assign_by!r} is not a column of ROW in data/schema.py:"
            f" {', '.join(row.columns)}"
        )
    return rollout


def assign(units: pl.Series, rollout: Rollout) -> pl.Series:
    """Return the arm of each unit; where the unit is missing it is the champion."""
    if not rollout.holdout and not rollout.challenger:
        return pl.repeat(CHAMPION, len(units), dtype=pl.String, eager=True).alias("arm")
    texts = units.cast(pl.String)
    arms = [CHAMPION if unit is None else rollout.arm(unit) for unit in texts]
    return pl.Series("arm", arms, dtype=pl.String)


def _place(unit: str, salt: str) -> float:
    """Return the place of a unit from 0 to below 1; BLAKE2b, which no release will change."""
    digest = blake2b(f"{salt}\0{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53  # the bits that a float can hold
