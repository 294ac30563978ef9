"""Your model learns, and gives the same result twice, whichever library fits it."""

from pathlib import Path

import numpy as np
import polars as pl

from {{cookiecutter.package_name}}.machinery.model.encoding import describe, encode
from {{cookiecutter.package_name}}.machinery.params import load
from {{cookiecutter.package_name}}.model.train import Train, train
from {{cookiecutter.package_name}}.params import Params

GIVEN = load(Params, Path(__file__).parents[2] / "params.yaml").train
# For a small table, as far as your model has these parameters.
SMALL = {
    "model": "boosted",
    "rounds": 60,
    "learning_rate": 0.3,
    "min_child_weight": 0.0,
    "monotone_constraints": {},
}
PARAMS = Train(**GIVEN | {name: SMALL[name] for name in SMALL if name in Train.model_fields})


def table(rows=400, seed=1):
    """Late when the hour is late, or the carrier is ZZ and the hour is not early."""
    draw = np.random.default_rng(seed)
    hour, carrier = draw.integers(0, 24, rows), draw.choice(["AA", "UA", "ZZ"], rows)
    late = (hour > 17) | ((carrier == "ZZ") & (hour > 8))
    return pl.DataFrame({"hour": hour, "carrier": carrier, "target": late.astype(float)})


def fit(rows):
    """Return the model, and a function that scores a table with it."""
    known = describe(table(), ["hour", "carrier"])
    model = train(rows, rows, features=known, task="binary", params=PARAMS)
    return model, lambda others: model.score(encode(others, known))


def test_most_rows_of_a_small_table_can_be_learned():
    _, score = fit(table())
    assert ((score(table()) > 0.5) == (table()["target"].to_numpy() == 1)).mean() > 0.85


def test_probabilities_are_between_0_and_1():
    _, score = fit(table())
    assert 0 <= score(table(seed=3)).min() <= score(table(seed=3)).max() <= 1


def test_the_same_rows_give_the_same_bytes():
    first, second = (fit(table())[0] for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
