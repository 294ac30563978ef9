"""A slice that nobody listed is found, and among hundreds none is found by chance."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from machinery import params
from machinery.model import artifact, unlisted
from machinery.model.task import TASKS

HOW = params.Evaluate(seed=1, bootstrap_rounds=2, slices=[], min_rows=100)
START = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
ROWS, DAYS = 9000, 90


def table(seed=1):
    """The outcome follows x; days differ, which must not look like a slice."""
    draw = np.random.default_rng(seed)
    minutes = np.sort(draw.integers(0, DAYS * 1440, ROWS))
    day = minutes // 1440
    x, other = draw.normal(size=(2, ROWS))
    score = 1 / (1 + np.exp(-(1.5 * x + draw.normal(0, 0.3, DAYS)[day])))
    rows = pl.DataFrame(
        {
            "sent": [START + timedelta(minutes=int(each)) for each in minutes],
            "x": x,
            "other": other,
            "shop": draw.choice([f"shop {number}" for number in range(30)], ROWS),
            "unit": day,
            "target": (draw.random(ROWS) < score).astype(float),
        }
    )
    return rows, 1 / (1 + np.exp(-1.5 * x))


def look(rows, score, rival, task="binary"):
    features = artifact.describe(rows, ["x", "other", "shop"])
    return unlisted.look(
        TASKS[task],
        rows,
        score,
        rival,
        target=rows["target"].to_numpy(),
        features=features,
        time="sent",
        settings=HOW,
    )


def where(rows, expression):
    return rows.select(expression).to_series().to_numpy()


SLICES = {
    "Saturdays by sent": pl.col("sent").dt.weekday() == 6,
    "5 o'clock by sent": pl.col("sent").dt.hour() == 5,
    "shop shop 7": pl.col("shop") == "shop 7",
}


@pytest.mark.parametrize("name", SLICES)
def test_a_model_that_is_constant_in_a_slice_is_found_there(name):
    rows, score = table()
    members = where(rows, SLICES[name])
    found = look(rows, np.where(members, 0.5, score), score)
    assert found.flattest.name == name
    assert found.flattest.spread == 0


@pytest.mark.parametrize("name", SLICES)
def test_a_model_whose_scores_are_of_other_rows_in_a_slice_is_found_there(name):
    rows, score = table()
    members = where(rows, SLICES[name])
    wrong = score.copy()
    wrong[members] = np.random.default_rng(1).permutation(score[members])
    found = look(rows, wrong, score)
    assert found.worst.name == name
    assert found.worst.high < -0.02


def test_scores_may_be_flat_where_the_outcome_is_chance():
    rows, score = table()
    members = where(rows, SLICES["shop shop 7"])
    coin = np.random.default_rng(3).integers(0, 2, ROWS).astype(float)
    rows = rows.with_columns(target=pl.Series(np.where(members, coin, rows["target"].to_numpy())))
    assert look(rows, np.where(members, 0.5, score), score).flattest is None


def test_values_that_are_missing_are_a_slice():
    rows, score = table()
    gone = np.random.default_rng(2).random(ROWS) < 0.1
    rows = rows.with_columns(other=pl.when(pl.Series(gone)).then(None).otherwise("other"))
    found = look(rows, np.where(gone, 1 - score, score), score)
    assert found.worst.name == "other missing"


def test_an_honest_model_is_worse_in_no_slice_beyond_chance():
    """Of two equally noisy models, none is worse in one of about 90 slices, in 20 tables."""
    found = []
    for seed in range(20):
        rows, score = table(seed)
        draw = np.random.default_rng(100 + seed)
        one, other = (
            1 / (1 + np.exp(-(np.log(score / (1 - score)) + draw.normal(0, 0.5, ROWS))))
            for _ in range(2)
        )
        found.append(look(rows, one, other))
    assert min(each.looks for each in found) > 80
    assert sum(each.worst.high < 0 for each in found) <= 2
    assert min(each.flattest.spread for each in found if each.flattest) > 0.7


def test_a_regression_compares_squared_errors():
    rows, score = table()
    rows = rows.with_columns(target=pl.Series(score) * 10)
    wrong = np.where(where(rows, SLICES["shop shop 7"]), 9 * score + 3, 10 * score + 0.1)
    found = look(rows, wrong, 10 * score + 0.2, task="regression")
    assert found.worst.name == "shop shop 7"


def test_without_time_there_are_only_features():
    rows, score = table()
    features = artifact.describe(rows, ["shop"])
    found = unlisted.look(
        TASKS["binary"],
        rows,
        score,
        score,
        target=rows["target"].to_numpy(),
        features=features,
        time=None,
        settings=HOW,
    )
    assert found.looks == 30
