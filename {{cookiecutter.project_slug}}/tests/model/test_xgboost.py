"""What the shipped model promises beyond test_train.py; delete this file with the model."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from {{cookiecutter.package_name}}.machinery.errors import InputError
from {{cookiecutter.package_name}}.machinery.model.encoding import describe, encode
from {{cookiecutter.package_name}}.machinery.params import load
from {{cookiecutter.package_name}}.model.train import Train, train
from {{cookiecutter.package_name}}.params import Params

SMALL = {
    "model": "boosted",
    "rounds": 60,
    "learning_rate": 0.3,
    "min_child_weight": 0.0,
    "monotone_constraints": {"hour": 1},
}
PARAMS = Train(**load(Params, Path(__file__).parents[2] / "params.yaml").train | SMALL)


def table(rows=400, seed=1):
    """Late when the hour is late, or the carrier is ZZ and the hour is not early."""
    draw = np.random.default_rng(seed)
    hour, carrier = draw.integers(0, 24, rows), draw.choice(["AA", "UA", "ZZ"], rows)
    late = (hour > 17) | ((carrier == "ZZ") & (hour > 8))
    return pl.DataFrame({"hour": hour, "carrier": carrier, "target": late.astype(float)})


def fit(rows, *, task="binary", **changed):
    """Return the model, and a function that scores a table with it."""
    known = describe(table(), ["hour", "carrier"])
    params = PARAMS.model_copy(update=changed)
    model = train(rows, rows, features=known, task=task, params=params)
    return model, lambda others: model.score(encode(others, known))


def test_a_small_table_can_be_learned_by_heart():
    _, score = fit(table())
    assert ((score(table()) > 0.5) == (table()["target"].to_numpy() == 1)).mean() > 0.99


def test_another_seed_gives_other_bytes():
    assert fit(table())[0].to_bytes() != fit(table(), seed=7)[0].to_bytes()


def test_a_later_hour_is_not_less_often_late():
    _, score = fit(table())
    hours = pl.DataFrame({"hour": range(24), "carrier": ["ZZ"] * 24})
    assert (np.diff(score(hours)) >= 0).all()


def test_a_constraint_on_something_that_is_no_feature_is_refused_by_name():
    with pytest.raises(InputError, match="monotone_constraints names snow"):
        fit(table(), monotone_constraints={"snow": 1})


def test_an_additive_model_is_a_sum_over_its_features():
    _, score = fit(table(), model="additive")
    cases = pl.DataFrame({"hour": [6, 6, 12, 12], "carrier": ["AA", "ZZ", "AA", "ZZ"]})
    odds = np.log(score(cases) / (1 - score(cases)))
    assert odds[1] - odds[0] == pytest.approx(odds[3] - odds[2], abs=1e-4)


def test_a_constant_gives_the_share_of_the_training_rows():
    model, score = fit(table(), model="constant")
    assert model.constant
    assert score(table(seed=3)) == pytest.approx(table()["target"].mean())


def test_regression_predicts_a_number():
    rows = table().with_columns(target=pl.col("hour") * 10.0)
    _, score = fit(rows, task="regression")
    assert np.abs(score(rows) - rows["target"].to_numpy()).mean() < 5


def test_several_classes_have_probabilities_that_add_up_to_1():
    rows = table().with_columns(target=(pl.col("hour") // 8).cast(pl.Float64))
    _, score = fit(rows, task="multiclass")
    assert score(rows).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (score(rows).argmax(axis=1) == rows["target"].to_numpy()).mean() > 0.95
