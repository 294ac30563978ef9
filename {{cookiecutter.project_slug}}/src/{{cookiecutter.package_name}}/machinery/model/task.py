"""The kind of task, by which the target is a label or a number: objective, metrics and curves.

No other module asks which kind it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression, Ridge

from ..errors import InputError
from . import curves, metrics
from .metrics import Floats, Measure


@dataclass(frozen=True)
class Task:
    """What training and evaluation need to know of a kind of task."""

    objective: str  # of XGBoost
    eval_metric: str  # of XGBoost, for early stopping: smaller is better unless it is auc
    headline: str  # the metric by which models are compared first
    larger_is_better: frozenset[str]  # the metrics of which this holds
    floors: tuple[str, ...]  # the metrics that the gate has floors for, if derived
    miscalibration: Callable[[dict[str, float]], float]  # from the metrics
    refuse: Callable[[Floats], None]  # targets
    refuse_scores: Callable[[Floats, int], None]  # scores of so many rows
    linear: Callable[[], LogisticRegression | Ridge]
    interval: Callable[[Floats, Floats], float | None]  # from validation targets and scores
    measure: Callable[[Floats, Floats, float | None], Measure]
    loss: Callable[[Floats, Floats], Floats]  # of each row
    curves: Callable[[Floats, dict[str, Floats]], dict[str, pl.DataFrame]]


MANY = 20  # a target with more whole numbers than this is a number, not a class


def _refuse_no_classes(target: Floats) -> None:
    if not len(target):
        raise InputError("a part of the split has no rows: change split in params.yaml")
    if set(np.unique(target)) != {0.0, 1.0}:
        values = np.unique(target)
        found = ", ".join(f"{value:g}" for value in values[:5])
        whole = len(values) <= MANY and np.array_equal(values, np.round(values))
        other = "multiclass if these are classes" if whole else "regression"
        remedy = f", or set task to {other}" if len(values) > 2 else ""  # noqa: PLR2004  outcomes
        raise InputError(
            f"params.yaml: task is binary, but the target holds {found}, not both 0 and 1:"
            f" correct data/target.py{remedy}"
        )


def _refuse_one_class(target: Floats) -> None:
    if len(np.unique(target)) <= 1:
        raise InputError(
            "params.yaml: task is multiclass, but a part of the split has rows of one class only:"
            " change split in params.yaml"
        )


def _refuse_constant(target: Floats) -> None:
    if not len(target) or not np.isfinite(target).all() or np.ptp(target) == 0:
        raise InputError(
            "params.yaml: task is regression, but a part's target is constant or missing:"
            " correct data/target.py, or change split"
        )


def _refuse_no_numbers(score: Floats, rows: int) -> None:
    if score.shape != (rows,) or not np.isfinite(score).all():
        raise InputError(
            f"model/train.py: the model's scores have the shape {score.shape} and may lack values:"
            f" it has to give {rows} rows one number each"
        )


def _refuse_no_probabilities(score: Floats, rows: int) -> None:
    _refuse_no_numbers(score, rows)
    if score.min() < 0 or score.max() > 1:
        raise InputError(
            f"model/train.py: the model's scores go from {score.min():.3g} to {score.max():.3g},"
            " but task is binary: let it give the probability of outcome 1"
        )


def _refuse_no_distribution(score: Floats, rows: int) -> None:
    if (
        score.ndim != 2  # noqa: PLR2004
        or len(score) != rows
        or not np.isfinite(score).all()
        or np.abs(score.sum(axis=1) - 1).max() > 1e-3  # noqa: PLR2004  of single precision
    ):
        raise InputError(
            f"model/train.py: the model's scores have the shape {score.shape}, but task is"
            f" multiclass: let it give {rows} rows one probability per class, which add up to 1"
        )


BINARY = Task(
    objective="binary:logistic",
    eval_metric="logloss",
    headline="roc_auc",
    larger_is_better=frozenset({"roc_auc", "average_precision"}),
    floors=("roc_auc", "log_loss"),
    miscalibration=lambda measured: measured["calibration_error"],
    refuse=_refuse_no_classes,
    refuse_scores=_refuse_no_probabilities,
    linear=lambda: LogisticRegression(C=0.1, max_iter=500),
    interval=lambda _target, _score: None,
    measure=lambda target, score, _interval: metrics.binary(target, score),
    loss=metrics.log_losses,
    curves=curves.binary,
)

COVERED = 0.9  # share of the outcomes that an interval is made to hold

# Nine of ten validation errors are smaller than the interval. As in split conformal prediction (Lei
# et al., 2018), but early stopping has seen those rows: the evaluation says how much it covers.
REGRESSION = Task(
    objective="reg:squarederror",
    eval_metric="rmse",
    headline="rmse",
    larger_is_better=frozenset({"r2", "interval_coverage"}),
    floors=("rmse", "mae"),
    miscalibration=lambda measured: abs(measured["interval_coverage"] - COVERED),
    refuse=_refuse_constant,
    refuse_scores=_refuse_no_numbers,
    linear=lambda: Ridge(alpha=1.0),
    interval=lambda target, score: float(np.quantile(np.abs(target - score), COVERED)),
    measure=lambda target, score, interval: metrics.regression(target, score, interval or 0.0),
    loss=metrics.square_losses,
    curves=curves.regression,
)

MULTICLASS = Task(
    objective="multi:softprob",
    eval_metric="mlogloss",
    headline="roc_auc",
    larger_is_better=frozenset({"roc_auc", "accuracy", "macro_f1"}),
    floors=("roc_auc", "log_loss"),
    miscalibration=lambda measured: measured["calibration_error"],
    refuse=_refuse_one_class,
    refuse_scores=_refuse_no_distribution,
    linear=lambda: LogisticRegression(C=0.1, max_iter=500),
    interval=lambda _target, _score: None,
    measure=lambda target, score, _interval: metrics.multiclass(target, score),
    loss=metrics.log_losses,
    curves=curves.multiclass,
)

TASKS = {"binary": BINARY, "multiclass": MULTICLASS, "regression": REGRESSION}
