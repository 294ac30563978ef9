"""The tables behind the plots: each a small frame that DVC draws and compares."""

import numpy as np
import polars as pl
from sklearn.metrics import precision_recall_curve, roc_curve

from .metrics import BINS, Floats

GRID = np.linspace(0, 1, 101)


def binary(target: Floats, scores: dict[str, Floats]) -> dict[str, pl.DataFrame]:
    """Return the ROC, precision-recall and calibration curves, one column per model."""
    roc, recall = {}, {}
    for name, score in scores.items():
        false_positives, true_positives, _ = roc_curve(target, score)
        roc[name] = np.interp(GRID, false_positives, true_positives)
        precision, found, _ = precision_recall_curve(target, score)
        reached = np.searchsorted(-found, -GRID, side="right") - 1  # the last point that recalls it
        recall[name] = precision[np.minimum(reached, len(precision) - 2)]  # not the made-up (0, 1)
    return {
        "roc": pl.DataFrame({"false_positive_rate": GRID, **roc}),
        "precision_recall": pl.DataFrame({"recall": GRID, **recall}),
        "calibration": calibration(target, scores["model"]),
    }


def multiclass(target: Floats, scores: dict[str, Floats]) -> dict[str, pl.DataFrame]:
    """Return the mean of the curves of each class against all others, and the model's by class.

    The calibration is that of the predicted class.
    """
    found = [
        binary(
            (target == place).astype(float), {name: each[:, place] for name, each in scores.items()}
        )
        for place in range(scores["model"].shape[1])
        if 0 < (target == place).sum() < len(target)
    ]
    means = {
        name: pl.concat([curves[name].with_row_index("at") for curves in found])
        .group_by("at", maintain_order=True)
        .mean()
        .drop("at")
        for name in ("roc", "precision_recall")
    }
    own = scores["model"]
    right = (own.argmax(axis=1) == target).astype(float)
    return {**means, "calibration": calibration(right, own.max(axis=1))}


def regression(target: Floats, scores: dict[str, Floats]) -> dict[str, pl.DataFrame]:
    """Return the calibration curve; ROC and precision-recall have no meaning here."""
    return {"calibration": calibration(target, scores["model"])}


def calibration(target: Floats, score: Floats) -> pl.DataFrame:
    """Return the mean prediction and the mean outcome of each tenth of the rows."""
    tenths = [part for part in np.array_split(np.argsort(score, kind="stable"), BINS) if len(part)]
    predicted = [score[rows].mean() for rows in tenths]
    observed = [target[rows].mean() for rows in tenths]
    return pl.DataFrame({"predicted": predicted, "observed": observed, "perfect": predicted})


def by_month(rows: pl.DataFrame, score: Floats, *, time: str | None) -> pl.DataFrame:
    """Return, for each month, which share of its scores falls into each of forty bins.

    It leaves out a month with less than a hundredth of the rows, cut off at the edge of the data.
    """
    low, high = float(score.min()), float(score.max())
    width = (high - low) / 40 or 1.0
    month = pl.col(time).dt.strftime("%Y-%m") if time else pl.lit("all")
    bins = ((pl.col("score") - low) / width).floor().clip(0, 39)
    return (
        rows.select(month=month, score=pl.Series(score))
        .filter(pl.len().over("month") >= rows.height / 100)
        .group_by("month", score=low + (bins + 0.5) * width)
        .len()
        .select("month", "score", share=pl.col("len") / pl.col("len").sum().over("month"))
        .sort("month", "score")
    )
