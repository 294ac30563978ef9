from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from machinery.notebook.comparing import _comparable, differences


@dataclass
class Config:
    """What a notebook may be configured by."""

    limit: int


def first(one: object, two: object) -> str:
    return next(differences(one, two, [], 1e-9), "")


@pytest.mark.parametrize(
    "value",
    [
        1,
        0.5,
        float("nan"),
        "a",
        None,
        [1, None],
        {"a": 1},
        np.array([1.5, float("nan")]),
        {1, 2},
        Config(1),
    ],
)
def test_equal_values_do_not_differ(value):
    assert _comparable(value)
    assert first(value, value) == ""


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (1, 2, "it is 1 in the notebook, 2 here"),
        (0.5, 0.5 + 1e-6, "it is 0.5 in the notebook, 0.500001 here"),
        (float("nan"), 1.0, "it is nan in the notebook, 1.0 here"),
        ([1, 2], [1, 3], "row 1: 2 in the notebook, 3 here"),
        ([1], [1, 2], "it has 1 values in the notebook, 2 here"),
        ({"a": 1}, {"a": 2}, "a: it is 1 in the notebook, 2 here"),
        (np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 5]]), "row 1, row 1: 4 in the notebook"),
        (Config(1), Config(2), "limit: it is 1 in the notebook, 2 here"),
        ("a", 1, "it is 'a' in the notebook, 1 here"),
    ],
)
def test_the_first_difference_is_said(one, two, said):
    assert first(one, two).startswith(said)


def test_a_tolerance_is_kept():
    assert first(1.0, 1.0 + 1e-12) == ""
    assert list(differences(1.0, 1.1, [], 0.2)) == []


def test_what_has_no_value_is_not_compared():
    assert not _comparable(object())
    assert _comparable(pl.DataFrame())
