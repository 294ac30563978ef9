"""The expected cost of the model, its baselines, and the same decision for every row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from ..data.table import TARGET
from ..params import Evaluate
from . import costs
from .artifact import Manifest
from .bootstrap import Group, compare, units
from .evaluation import Comparison
from .metrics import Floats

Decide = Callable[[pl.Series, float | None], pl.Series]


def at_least(scores: pl.Series, threshold: float | None) -> pl.Series:
    """Return whether each score reaches the threshold, as decide.py does if nobody changes it."""
    return scores >= threshold


def thresholds(manifest: Manifest, target: Floats, scores: dict[str, Floats]) -> dict[str, float]:
    """Return the threshold of the candidate, and of each rival the one that is its cheapest.

    `target` and `scores` are of the validation part. A rival at the candidate's threshold would
    look worse than it is where its scores are calibrated differently.
    """
    if manifest.costs is None or manifest.task != "binary" or manifest.threshold is None:
        return {}
    matrix = costs.matrix(manifest.costs, [])
    rivals = {name: costs.cheapest(target, score, matrix) for name, score in scores.items()}
    return rivals | {"model": manifest.threshold}


def expected_costs(
    manifest: Manifest,
    test: pl.DataFrame,
    scores: dict[str, Floats],
    *,
    thresholds: dict[str, float],
    settings: Evaluate,
    decide: Decide = at_least,
) -> tuple[Comparison | None, dict[str, pl.DataFrame]]:
    """Return the costs per 1,000 rows, with intervals, and, over thresholds, the plot `costs`.

    There are none without costs, and none of a binary task without a threshold; `thresholds` has
    that of each model.
    """
    binary = manifest.task == "binary"
    if manifest.costs is None or (binary and manifest.threshold is None):
        return None, {}
    target = test[TARGET].to_numpy()
    own = {name: manifest.model_copy(update={"threshold": thresholds.get(name)}) for name in scores}
    decided = {name: decisions(own[name], score, decide) for name, score in scores.items()}
    if binary:
        del decided["constant"]  # it decides as one of these two
        decided |= {"always": np.ones(len(target)), "never": np.zeros(len(target))}
    elif manifest.classes:
        del decided["constant"]
        each = {f"always {name}": place for place, name in enumerate(manifest.classes)}
        decided |= {name: np.full(len(target), place) for name, place in each.items()}
    curve = {"costs": over_thresholds(manifest, target, scores)} if binary else {}
    return compared(manifest, test, decided, settings=settings), curve


def compared(
    manifest: Manifest, test: pl.DataFrame, decided: dict[str, Any], *, settings: Evaluate
) -> Comparison:
    """Return what the decisions of each model cost on the same resampled rows."""
    target = test[TARGET].to_numpy()
    priced = {
        name: costs.of_rows(target, each, manifest.costs or {}, manifest.classes)
        for name, each in decided.items()
    }
    group = Group(np.arange(test.height), {name: costs.measure(c) for name, c in priced.items()})
    return compare(
        {"overall": group},
        units=units(test),
        rounds=settings.bootstrap_rounds,
        seed=settings.seed,
    )["overall"]


def decisions(manifest: Manifest, score: Floats, decide: Decide) -> Any:
    """Return the decision for each score: 0 or 1, the place of a class, or the number itself."""
    if manifest.task == "binary":
        return decide(pl.Series(score, dtype=pl.Float64), manifest.threshold).to_numpy()
    if manifest.classes:
        return costs.likely(score, manifest.costs, manifest.classes)
    return score


def over_thresholds(manifest: Manifest, target: Floats, scores: dict[str, Floats]) -> pl.DataFrame:
    """Return the cost per 1,000 rows of model and linear baseline at each hundredth."""
    matrix = costs.matrix(manifest.costs or {}, [])
    return pl.DataFrame(
        {
            "threshold": np.linspace(0, 1, costs.STEPS + 1),
            **{
                name: costs.by_threshold(target, scores[name], matrix)
                for name in ("model", "linear")
            },
        }
    ).gather_every(costs.STEPS // 100)
