"""What the gate judges, a case, and what it judges by, a criterion."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from ...data.schema import TARGET
from ...params import Evaluate, Gate
from ..artifact import Artifact, Hashes
from ..metrics import Floats
from ..problem import PROBLEMS, Problem


@dataclass(frozen=True)
class Criterion:
    """A criterion with its limit, what was found, whether it passed, and why it is asked."""

    name: str
    limit: str
    value: str
    passed: bool
    why: str


@dataclass(frozen=True)
class Case:
    """A candidate with all that is known of it, before the gate."""

    candidate: Artifact
    trained_on: Hashes  # of the keys of its training rows
    evaluation: dict[str, Any]
    train: pl.DataFrame
    sealed: pl.DataFrame
    cards: list[str]  # what does not fit in the model card and the data card
    champion: Path | None  # the folder of the model that it would replace
    limits: Gate
    how: Evaluate

    @cached_property
    def problem(self) -> Problem:
        """Return the kind of problem that the candidate solves."""
        return PROBLEMS[self.candidate.manifest.problem]

    @cached_property
    def target(self) -> Floats:
        """Return the outcomes of the sealed rows."""
        return self.sealed[TARGET].to_numpy()

    @cached_property
    def score(self) -> Floats:
        """Return the candidate's scores of the sealed rows."""
        return self.candidate.score(self.sealed)

    @cached_property
    def measured(self) -> dict[str, float]:
        """Return the candidate's metrics on the sealed rows, as the evaluation says."""
        metrics = self.evaluation["overall"]["models"]["model"]
        return {name: metric["value"] for name, metric in metrics.items()}


def percent(share: float) -> str:
    """Return a share as a person writes it: 0.0049 is +0.49 %."""
    return f"{100 * share:+.2f} %"
