"""The case that the gate judges: a candidate with all its evidence."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from ...data.table import TARGET
from ...params import Evaluate, Gate
from ..artifact import Artifact, Hashes
from ..evaluation import Evaluation
from ..expected import Decide, at_least
from ..metrics import Floats
from ..task import TASKS, Task


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
    def measured(self) -> dict[str, float]:
        """Return the candidate's metrics on the test rows, as the evaluation says."""
        return self.evaluation.overall.candidate


def percent(share: float) -> str:
    """Return a share as a person writes it: 0.0049 is +0.49 %."""
    return f"{100 * share:+.2f} %"
