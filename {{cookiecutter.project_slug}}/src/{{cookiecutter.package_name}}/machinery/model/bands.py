"""What a report draws next to the curves: their 95 % intervals, and how scores meet outcomes."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from .curves import GRID
from .metrics import BINS, Floats

Curves = dict[str, Floats]  # by the name of the plot
CELLS = 40  # of a histogram
CLOSE = 1e-9  # values that differ by less are one
MOST_POINTS = 400  # of a scatter plot


def banded(
    plots: dict[str, pl.DataFrame], target: Floats, score: Floats, weights: Iterable[Floats]
) -> dict[str, pl.DataFrame]:
    """Return `plots` with the columns `low` and `high` of the model's curves.

    `weights` say how often each row is drawn in each round of the bootstrap.
    """
    measure = _curves(target, score) if "roc" in plots else _calibration(target, score)
    rounds = [measure(weight) for weight in weights]
    found = dict(plots)
    for name in rounds[0] if rounds else ():
        low, high = np.nanpercentile([each[name] for each in rounds], (2.5, 97.5), axis=0)
        found[name] = plots[name].with_columns(low=pl.Series(low), high=pl.Series(high))
    return found


def _curves(target: Floats, score: Floats) -> Callable[[Floats], Curves]:
    """Return the function that makes the curves under weights, of several classes their mean."""
    if score.ndim == 1:
        alone, sure = [_ranked(target, score)], _calibration(target, score)
    else:
        places = range(score.shape[1])
        alone = [
            _ranked((target == place).astype(float), score[:, place])
            for place in places
            if 0 < (target == place).sum() < len(target)
        ]
        right = (score.argmax(axis=1) == target).astype(float)
        sure = _calibration(right, score.max(axis=1))

    def measure(weight: Floats) -> Curves:
        each = [curve(weight) for curve in alone]
        means = {name: np.mean([curve[name] for curve in each], axis=0) for name in each[0]}
        return means | sure(weight)

    return measure


def _ranked(target: Floats, score: Floats) -> Callable[[Floats], Curves]:
    """Return the function that makes the ROC and precision-recall curves on GRID under weights."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of each tie
    target = target[order]

    def measure(weight: Floats) -> Curves:
        weight = weight[order]
        hits = np.cumsum(weight * target)[ends]
        alarms = np.cumsum(weight)[ends] - hits
        with np.errstate(invalid="ignore", divide="ignore"):  # a round with one class: NaN
            recall, false = hits / hits[-1], alarms / alarms[-1]
            precision = hits / (hits + alarms)
        reached = np.minimum(np.searchsorted(recall, GRID), len(recall) - 1)
        roc = np.interp(GRID, np.append(0, false), np.append(0, recall))
        return {"roc": roc, "precision_recall": precision[reached]}

    return measure


def _calibration(target: Floats, score: Floats) -> Callable[[Floats], Curves]:
    """Return the function that makes the mean outcome of each tenth of the rows under weights."""
    order = np.argsort(score, kind="stable")
    sizes = [len(part) for part in np.array_split(order, BINS) if len(part)]
    starts, target = np.append(0, np.cumsum(sizes)[:-1]), target[order]

    def measure(weight: Floats) -> Curves:
        weight = weight[order]
        with np.errstate(invalid="ignore"):  # none of these rows was drawn: NaN
            means = np.add.reduceat(weight * target, starts) / np.add.reduceat(weight, starts)
        return {"calibration": means}

    return measure


def outcomes(target: Floats, score: Floats, *, binary: bool) -> dict[str, pl.DataFrame]:
    """Return how the scores of each outcome are distributed, or how large the errors are.

    Of several classes, it is the score of the most likely class, where that is right and wrong.
    """
    if score.ndim > 1:
        right = np.where(score.argmax(axis=1) == target, "right", "wrong")
        return {"outcomes": histogram(right, score.max(axis=1))}
    if binary:
        found = histogram(np.where(target == 1, "outcome 1", "outcome 0"), score)
        return {"outcomes": found, "thresholds": thresholds(target, score)}
    every = np.linspace(0, len(target) - 1, min(MOST_POINTS, len(target))).astype(int)
    points = pl.DataFrame({"predicted": score[every], "observed": target[every]})
    return {"errors": histogram(np.full(len(target), "all"), score - target), "points": points}


def histogram(group: npt.NDArray[np.str_], value: Floats) -> pl.DataFrame:
    """Return, for each group, which share of its values falls into each of CELLS cells.

    The lowest and the highest thousandth are counted in the outer cells, so that one value does not
    decide the width of them all.
    """
    low, high = np.quantile(value, (0.001, 0.999))
    width = (high - low) / CELLS if high - low > CLOSE else 1.0
    cells = np.clip(np.floor((value - low) / width), 0, CELLS - 1)
    return (
        pl.DataFrame({"group": group, "value": low + (cells + 0.5) * width})
        .group_by("group", "value")
        .len()
        .select("group", "value", share=pl.col("len") / pl.col("len").sum().over("group"))
        .sort("group", "value")
    )


def thresholds(target: Floats, score: Floats) -> pl.DataFrame:
    """Return what is decided at each threshold: the share of the rows, precision and recall."""
    reached = score[:, None] >= GRID
    hits, decided = target @ reached, reached.sum(axis=0)
    with np.errstate(invalid="ignore"):  # nothing is decided: no precision
        precision = pl.Series(hits / decided).fill_nan(None)
    shares = {"decided": decided / len(score), "recall": hits / target.sum()}
    return pl.DataFrame({"threshold": GRID, **shares, "precision": precision})
