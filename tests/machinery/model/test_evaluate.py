import numpy as np
import polars as pl
import pytest

from machinery import params
from machinery.errors import InputError
from machinery.model import artifact, baselines
from machinery.model.evaluate import evaluate
from machinery.model.evaluation import Interval
from machinery.model.task import TASKS

from .conftest import fit

HOW = params.Evaluate(seed=1, bootstrap_rounds=20, slices=["side"], min_rows=100)
NAMES = ["x", "side"]


def table(seed, task="binary"):
    """The target rises with x on the left and falls on the right, which no linear model can learn."""
    draw = np.random.default_rng(seed)
    x, side = draw.normal(size=900), draw.choice(["left"] * 20 + ["right"] * 20 + ["rare"], 900)
    signal = np.where(side == "left", x, 1 - x) + draw.normal(size=900) * 0.3
    target = (signal > 0).astype(float) if task == "binary" else signal
    key = [f"{seed}-{row}" for row in range(900)]
    return pl.DataFrame({"key": key, "x": x, "side": side, "target": target})


def measured(task="binary", settings=HOW, change=pl.col("target"), **columns):  # noqa: B008  an expression
    train, validation, test = (table(seed, task) for seed in (1, 2, 3))
    return evaluate(
        fit(train, validation, names=NAMES, task=task),
        train=train,
        validation=validation,
        test=test.with_columns(target=change, **columns),
        settings=settings,
        time=None,
        unit="row",
    )


@pytest.mark.parametrize(
    ("task", "metric", "better"), [("binary", "roc_auc", 1), ("regression", "rmse", -1)]
)
def test_a_model_that_is_better_beats_the_baselines_beyond_chance(task, metric, better):
    evaluation, _ = measured(task)
    for rival in ("linear", "constant"):
        margin = evaluation.overall.difference_to[rival][metric]
        assert (margin.low if better > 0 else margin.high) * better > 0


def test_a_constant_cannot_rank():
    evaluation, _ = measured()
    constant = evaluation.overall.models["constant"]["roc_auc"]
    assert constant == Interval(value=0.5, low=0.5, high=0.5)


def test_a_slice_has_its_own_metrics_and_a_small_one_is_left_out():
    evaluation, _ = measured()
    assert {"side=left", "side=right"} <= evaluation.slices.keys()
    assert "side=rare" not in evaluation.slices
    rows = [evaluation.slices[name].rows for name in ("side=left", "side=right")]
    assert rows == [table(3).filter(side=side).height for side in ("left", "right")]


def test_a_slice_of_few_units_is_left_out_because_its_interval_would_say_nothing():
    shop = pl.when(pl.col("side") == "left").then(pl.int_range(900) % 9).otherwise(10)
    many, _ = measured(unit=pl.int_range(900) % 90)
    few, _ = measured(unit=shop)
    assert many.slices.keys() == {"overall", "side=left", "side=right"}
    assert few.slices.keys() == {"overall"}


def test_an_evaluation_says_which_rows_it_measured_and_what_it_resampled():
    first, _ = measured()
    assert first.test.model_dump(exclude={"keys"}) == {
        "rows": 900,
        "first": None,
        "last": None,
        "unit": "row",
        "units": 900,
    }
    assert measured()[0].test == first.test
    other, _ = measured(key=pl.format("other {}", "key"))
    assert other.test.keys != first.test.keys


def test_the_importance_of_a_feature_shows_in_gain_and_permutation():
    _, plots = measured()
    importance = plots["importance"]
    assert importance["gain"].sum() == pytest.approx(1)
    assert (importance["permutation"] > 0.1).all()  # x and side are useful only together


@pytest.mark.parametrize(
    ("task", "names"),
    [
        (
            "binary",
            "roc precision_recall calibration importance scores outcomes thresholds",
        ),
        ("regression", "calibration importance scores errors points"),
    ],
)
def test_each_task_has_its_plots(task, names):
    _, plots = measured(task)
    assert plots.keys() == set(names.split())
    assert not any(plot.is_empty() for plot in plots.values())


def test_the_scores_of_a_month_add_up_to_one():
    _, plots = measured()
    by_month = plots["scores"].group_by("month").agg(pl.col("share").sum())
    assert by_month["share"].to_list() == pytest.approx([1])


def test_a_test_part_of_one_class_cannot_be_measured():
    with pytest.raises(InputError, match="target holds 0, not both"):
        measured(change=pl.lit(0.0))


def test_a_slice_that_is_no_feature_is_refused_by_name():
    with pytest.raises(InputError, match="'airline', which is not a feature: there are "):
        measured(settings=HOW.model_copy(update={"slices": ["airline"]}))


def test_the_linear_baseline_learns_from_what_is_missing():
    draw = np.random.default_rng(1)
    target = (draw.random(2000) < 0.5).astype(float)
    matrix = draw.normal(size=(2000, 2)).astype(np.float32)
    missing = draw.random(2000) < np.where(target == 1, 0.8, 0.2)
    matrix[missing, 0] = np.nan
    known = [artifact.Feature(name=name, kind="numeric") for name in ("x", "other")]
    fitted = baselines.linear(matrix, target, features=known, estimator=TASKS["binary"].linear())
    score = fitted(matrix)
    assert score[missing].mean() == pytest.approx(0.8, abs=0.05)
    assert score[~missing].mean() == pytest.approx(0.2, abs=0.05)
