from datetime import datetime

import numpy as np
import polars as pl
import pytest

from machinery.model import curves

TARGET = np.array([0.0, 0.0, 1.0, 0.0, 1.0])


def test_a_perfect_model_has_perfect_curves():
    plots = curves.binary(TARGET, {"model": TARGET})
    assert (plots["roc"]["model"][1:] == 1).all()
    assert (plots["precision_recall"]["model"] == 1).all()


def test_a_constant_has_the_base_rate_as_its_precision_and_the_diagonal_as_its_roc():
    constant = {"model": TARGET, "constant": np.full(5, 0.4)}
    plots = curves.binary(TARGET, constant)
    assert plots["precision_recall"]["constant"].to_list() == pytest.approx([0.4] * 101)
    assert plots["roc"]["constant"].to_list() == pytest.approx(plots["roc"].to_series(0).to_list())


def test_calibration_sets_what_was_predicted_beside_what_happened():
    table = curves.calibration(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.9, 0.7]))
    assert table["predicted"].to_list() == [0.5, 0.5, 0.7, 0.9]
    assert table["observed"].to_list() == [0.0, 1.0, 1.0, 1.0]


def test_a_month_of_few_rows_is_left_out():
    times = [datetime(2013, 11, 3)] * 200 + [datetime(2013, 12, 1)]
    rows, score = pl.DataFrame({"sent": times}), np.linspace(0, 1, 201)
    assert curves.by_month(rows, score, time="sent")["month"].unique().to_list() == ["2013-11"]


def test_rows_without_a_time_are_one_month():
    rows = pl.DataFrame({"key": ["a", "b"]})
    found = curves.by_month(rows, np.array([0.1, 0.9]), time=None)
    assert found.select("month", "share").rows() == [("all", 0.5), ("all", 0.5)]
