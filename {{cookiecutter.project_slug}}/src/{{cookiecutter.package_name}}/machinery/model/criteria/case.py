"""The case that the gate judges: a candidate with all its evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from ...data.changes import Change
from ...data.split import key_hashes
from ...data.table import KEY, TARGET
from ...errors import InputError
from ...params import Evaluate, Gate
from ..artifact import Artifact, Hashes, load, training_keys
from ..evaluation import Evaluation
from ..expected import Decide, at_least
from ..metrics import Floats
from ..task import TASKS, Task

# Takes a version; returns the features that its code makes of today's tables, or None where that
# code is today's.
Remade = Callable[[str], pl.DataFrame | None]


@dataclass(frozen=True)
class Rival:
    """A released model on today's test rows: its scores, and which rows it did not learn."""

    model: Artifact
    score: Floats
    new: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """A candidate with all its evidence."""

    candidate: Artifact
    trained_on: Hashes  # of the keys of its training rows
    learned: Hashes  # of what these rows hold
    evaluation: Evaluation
    train: pl.DataFrame
    test: pl.DataFrame
    cards: list[str]  # faults of the model card and the data card
    champion: Path | None  # the folder of the model that it would replace
    limits: Gate
    settings: Evaluate
    features_version: int
    decide: Decide = at_least
    best: Path | None = None  # the folder of the best released model
    remade: Remade | None = None
    time: str | None = None  # the column with the time of a row
    changed: list[Change] | None = None  # of the tables, since the last release

    @cached_property
    def task(self) -> Task:
        """Return the kind of task that the candidate solves."""
        return TASKS[self.candidate.manifest.task]

    @cached_property
    def target(self) -> Floats:
        """Return the outcomes of the test rows."""
        return self.test[TARGET].to_numpy()

    @cached_property
    def score(self) -> Floats:
        """Return the candidate's scores of the test rows."""
        return self.candidate.score(self.test)

    @cached_property
    def _rivals(self) -> dict[Path, Rival]:
        return {}

    def rival(self, folder: Path) -> Rival:
        """Return the released model in `folder`; raise InputError if it cannot score these rows."""
        if folder not in self._rivals:
            self._rivals[folder] = self._rival(folder)
        return self._rivals[folder]

    def _rival(self, folder: Path) -> Rival:
        version = folder.resolve().name
        made = self.remade(version) if self.remade else None
        rows = self.test if made is None else self._same_rows(made, version)
        model = load(folder, self.features_version if made is None else None)
        known, own = model.manifest, self.candidate.manifest
        if (known.task, known.classes) != (own.task, own.classes):
            raise InputError(
                f"{folder} solves another task, or knows other classes than the candidate"
            )
        learned = np.isin(key_hashes(self.test[KEY]), training_keys(folder, known))
        return Rival(model, model.score(rows), ~learned)

    def _same_rows(self, made: pl.DataFrame, version: str) -> pl.DataFrame:
        rows = self.test.select(KEY).join(made, on=KEY, how="inner", maintain_order="left")
        if rows.height < self.test.height:
            raise InputError(
                f"the code of {version} makes {rows.height} of the {self.test.height} test rows"
            )
        return rows

    @cached_property
    def measured(self) -> dict[str, float]:
        """Return the candidate's metrics on the test rows, as the evaluation says."""
        return self.evaluation.overall.candidate


def percent(share: float) -> str:
    """Return a share as a person writes it: 0.0049 is +0.49 %."""
    return f"{100 * share:+.2f} %"
