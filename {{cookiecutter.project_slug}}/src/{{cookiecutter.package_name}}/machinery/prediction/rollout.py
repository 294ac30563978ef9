"""The rollout: which unit gets which model, by rollout.yaml."""

from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import AfterValidator, Field, model_validator

from ..data.table import Row
from ..errors import InputError
from ..params import Share
from ..settings import Section, read

CHAMPION, CHALLENGER, HOLDOUT = "champion", "challenger", "holdout"


def _no_nul(folder: Path) -> Path:
    if "\0" in str(folder):
        raise ValueError("models: a folder contains the character NUL: correct its name")
    return folder


Folder = Annotated[Path, Field(strict=False), AfterValidator(_no_nul)]


class Models(Section):
    """The folders of the models."""

    champion: Folder
    challenger: Folder
    before_release: Folder | None  # predicts until there is a champion


class Experiment(Section):
    """What the arms are compared by, and which difference would change a decision."""

    measure: str  # error: of the scores; outcome: what really happened; or a recorded measure
    better: Literal["lower", "higher"]
    matters: Annotated[float, Field(gt=0)]  # the smallest difference worth finding
    days: Annotated[float, Field(ge=0)] = 0  # after a prediction, until its measure is complete
    absent: Literal["left out", "zero"] = "left out"  # what a unit without a value counts as
    per: Literal["row", "unit"] = "row"  # a measure is of a row's key, or of a value of assign_by


class Rollout(Section):
    """All of rollout.yaml."""

    salt: str  # another salt assigns the units again
    assign_by: str  # the column whose value decides the arm
    holdout: Share  # get no decision by a model
    challenger: Share  # get the challenger's; all others get the champion's
    shadow: bool  # the challenger scores everything and decides nothing
    default_decision: bool  # what the holdout gets
    experiment: Experiment | None = None
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

        The holdout grows from 0 up and the challenger from 1 down, so that a growing share takes
        units only from the champion. With stacked shares, a larger holdout would push units of the
        challenger back to the champion.
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
    """Return the arm of each unit: the champion for a missing one."""
    if not rollout.holdout and not rollout.challenger:
        return pl.Series("arm", [CHAMPION]).new_from_index(0, len(units))
    texts = units.cast(pl.String)
    arms = [CHAMPION if unit is None else rollout.arm(unit) for unit in texts]
    return pl.Series("arm", arms, dtype=pl.String)


def _place(unit: str, salt: str) -> float:
    """Return the place of a unit in [0, 1), by BLAKE2b, which no release will change."""
    digest = blake2b(f"{salt}\0{unit}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53  # as many bits as a float holds
