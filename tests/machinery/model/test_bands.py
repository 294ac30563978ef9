"""The curves of a report have intervals that agree with the curves, and shares that add up."""

import numpy as np
import polars as pl
import pytest

from machinery.model import bands, curves

DRAW = np.random.default_rng(1)
TARGET = (DRAW.random(400) < 0.3).astype(float)
SCORE = np.clip(DRAW.normal(0.3 + 0.2 * TARGET, 0.15), 0, 1).round(2)  # with ties
ONES = np.ones(400)
CLASSES = DRAW.dirichlet((1, 1, 1), 400)
LABELS = DRAW.integers(0, 3, 400).astype(float)


def resampled(rounds: int) -> list[np.ndarray]:
    return [np.bincount(DRAW.integers(400, size=400), minlength=400) * 1.0 for _ in range(rounds)]


@pytest.mark.parametrize("name", ["roc", "precision_recall", "calibration"])
@pytest.mark.parametrize(
    ("target", "score", "task"),
    [(TARGET, SCORE, curves.binary), (LABELS, CLASSES, curves.multiclass)],
    ids=["binary", "multiclass"],
)
def test_without_resampling_the_interval_is_the_curve(
    name: str, target: np.ndarray, score: np.ndarray, task: object
) -> None:
    plots = bands.banded(task(target, {"model": score}), target, score, [ONES])
    curve = plots[name]["observed" if name == "calibration" else "model"]
    # at no false alarm, the curve of scikit-learn takes the highest point
    assert plots[name]["low"][1:].to_list() == pytest.approx(curve[1:].to_list(), abs=1e-9)
    assert plots[name]["low"].equals(plots[name]["high"].alias("low"))


def test_most_points_of_a_curve_are_within_its_interval() -> None:
    plots = curves.binary(TARGET, {"model": SCORE})
    roc = bands.banded(plots, TARGET, SCORE, resampled(100))["roc"]
    inside = roc.select(pl.col("model").is_between("low", "high").mean()).item()
    assert inside > 0.9
    assert (roc["high"] - roc["low"]).max() > 0.05


def test_numbers_have_an_interval_of_their_calibration() -> None:
    plots = bands.banded(curves.regression(SCORE, {"model": SCORE}), SCORE, SCORE, resampled(20))
    assert plots.keys() == {"calibration"}
    assert {"low", "high"} <= set(plots["calibration"].columns)


@pytest.mark.parametrize(
    ("target", "score", "groups"),
    [
        (TARGET, SCORE, ["outcome 0", "outcome 1"]),
        (LABELS, CLASSES, ["right", "wrong"]),
    ],
)
def test_the_shares_of_each_outcome_add_up(
    target: np.ndarray, score: np.ndarray, groups: list[str]
) -> None:
    found = bands.outcomes(target, score, binary=score.ndim == 1)["outcomes"]
    sums = found.group_by("group").agg(pl.col("share").sum()).sort("group")
    assert sums["group"].to_list() == groups
    assert sums["share"].to_list() == pytest.approx([1.0, 1.0])


def test_errors_of_numbers_are_above_zero_where_the_prediction_is_too_high() -> None:
    found = bands.outcomes(SCORE, SCORE + 1.0, binary=False)
    assert found["errors"]["value"].to_list() == pytest.approx([1.0], abs=0.5)
    assert found["points"].height == bands.MOST_POINTS


def test_a_higher_threshold_decides_fewer_rows_and_recalls_less() -> None:
    found = bands.thresholds(TARGET, SCORE)
    assert found.row(0, named=True) == {
        "threshold": 0.0, "decided": 1.0, "recall": 1.0, "precision": pytest.approx(TARGET.mean()),
    }  # fmt: skip
    assert found["decided"].is_sorted(descending=True)
    assert found["recall"].is_sorted(descending=True)
    nothing = bands.thresholds(np.array([0.0, 1.0]), np.array([0.2, 0.3]))
    assert nothing["precision"].to_list()[-1] is None
