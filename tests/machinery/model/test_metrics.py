from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sklearn

from machinery.model import bootstrap, metrics
from machinery.model.evaluation import Interval

TARGET = np.array([0, 0, 1, 1, 0, 1, 0, 1, 1, 0], dtype=float)
SCORE = np.array([0.1, 0.4, 0.4, 0.8, 0.3, 0.3, 0.2, 0.9, 0.4, 0.8])  # with ties
WEIGHTS = [np.ones(10), np.array([0, 1, 2, 0, 3, 1, 1, 0, 1, 1], dtype=float)]


@pytest.mark.parametrize("weight", WEIGHTS, ids=["ones", "drawn"])
def test_binary_metrics_are_those_of_scikit_learn(weight):
    measured = metrics.binary(TARGET, SCORE)(weight)
    given = {"y_true": TARGET, "sample_weight": weight}
    assert measured["roc_auc"] == pytest.approx(sklearn.roc_auc_score(y_score=SCORE, **given))
    assert measured["average_precision"] == pytest.approx(
        sklearn.average_precision_score(y_score=SCORE, **given)
    )
    assert measured["log_loss"] == pytest.approx(sklearn.log_loss(y_proba=SCORE, **given))
    assert measured["brier"] == pytest.approx(sklearn.brier_score_loss(y_proba=SCORE, **given))


@pytest.mark.parametrize("weight", WEIGHTS, ids=["ones", "drawn"])
def test_regression_metrics_are_those_of_scikit_learn(weight):
    target, score = SCORE * 10, TARGET * 8
    measured = metrics.regression(target, score, 2.5)(weight)
    given = {"y_true": target, "y_pred": score, "sample_weight": weight}
    assert measured["mae"] == pytest.approx(sklearn.mean_absolute_error(**given))
    assert measured["rmse"] == pytest.approx(sklearn.root_mean_squared_error(**given))
    assert measured["r2"] == pytest.approx(sklearn.r2_score(**given))
    inside = np.abs(target - score) <= 2.5
    assert measured["interval_coverage"] == pytest.approx(np.average(inside, weights=weight))


def test_a_weight_of_two_is_the_row_twice():
    twice = np.repeat(np.arange(10), WEIGHTS[1].astype(int))
    weighted = metrics.binary(TARGET, SCORE)(WEIGHTS[1])
    repeated = metrics.binary(TARGET[twice], SCORE[twice])(np.ones(len(twice)))
    del weighted["calibration_error"], repeated["calibration_error"]  # bins are of distinct rows
    assert weighted == pytest.approx(repeated)


def test_the_calibration_error_is_the_gap_between_score_and_outcome():
    target = np.tile([0.0, 0.0, 0.0, 1.0], 25)
    honest = metrics.binary(target, np.full(100, 0.25))(np.ones(100))["calibration_error"]
    proud = metrics.binary(target, np.full(100, 0.75))(np.ones(100))["calibration_error"]
    assert proud == pytest.approx(0.5)
    assert honest < 0.15  # ten rows a bin cannot hold 2.5 late ones


def test_one_class_has_no_roc_auc_and_does_not_stop():
    assert np.isnan(metrics.binary(np.zeros(3), np.arange(3.0))(np.ones(3))["roc_auc"])


def compared(second, units=np.arange(10)):  # noqa: B008  it is not changed
    group = bootstrap.Group(
        np.arange(10), {"first": metrics.binary(TARGET, SCORE), "second": second}
    )
    return bootstrap.compare({"overall": group}, units=units, rounds=50, seed=1)["overall"]


def test_a_model_differs_from_itself_by_nothing():
    difference = compared(metrics.binary(TARGET, SCORE)).difference_to["second"]["brier"]
    assert difference == Interval(value=0.0, low=0.0, high=0.0)


def test_an_interval_holds_its_value_and_is_the_same_twice():
    worse = metrics.binary(TARGET, 1 - SCORE)
    interval = compared(worse).difference_to["second"]["brier"]
    assert interval.low < interval.value < interval.high
    assert compared(worse) == compared(worse)


def test_rows_of_a_unit_are_drawn_together_as_often_as_their_unit():
    units = np.array([0, 1, 1, 2, 2, 2])
    for weight in bootstrap.resamples(units, rounds=20, seed=1):
        by_unit = [set(weight[units == unit]) for unit in range(3)]
        assert all(len(drawn) == 1 for drawn in by_unit)
        assert sum(drawn.pop() for drawn in by_unit) == 3


def test_rows_that_repeat_each_other_give_no_narrower_interval_by_unit():
    """A hundred copies of ten rows are still ten observations."""
    copies = np.repeat(np.arange(10), 100)
    measure = metrics.regression(TARGET[copies], SCORE[copies], 0.5)
    group = bootstrap.Group(np.arange(1000), {"first": measure})
    found = {
        unit: bootstrap.compare({"overall": group}, units=units, rounds=200, seed=1)
        for unit, units in {"row": np.arange(1000), "unit": copies}.items()
    }
    width = {
        unit: found["overall"].models["first"]["mae"].high
        - found["overall"].models["first"]["mae"].low
        for unit, found in found.items()
    }
    assert width["unit"] > 5 * width["row"]


def test_a_day_of_rows_is_a_unit_and_without_units_each_row_is_its_own():
    days = pl.DataFrame({"unit": [date(2013, 1, 2), date(2013, 1, 1), date(2013, 1, 2)]})
    assert bootstrap.units(days).tolist() == [1, 0, 1]
    assert bootstrap.units(days.rename({"unit": "day"})).tolist() == [0, 1, 2]
