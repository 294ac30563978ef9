import polars as pl

from {{cookiecutter.package_name}}.prediction.decide import decide


def test_a_score_at_or_above_the_threshold_is_a_yes():
    assert decide(pl.Series([0.1, 0.25, 0.9]), 0.25).to_list() == [False, True, True]


def test_without_a_threshold_nothing_is_decided():
    assert decide(pl.Series([0.1, 0.9]), None).to_list() == [None, None]
