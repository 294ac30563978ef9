"""Equal arms stay equal, a difference is found, and the formulas are those of the literature."""

from math import sqrt

import numpy as np
import polars as pl
import pytest

from machinery.errors import InputError
from machinery.monitoring.experiments.effect import Effect, effect
from machinery.monitoring.experiments.looks import needed_error, z_any, z_once
from machinery.monitoring.experiments.plan import plan
from machinery.monitoring.experiments.split import LIMIT, mismatch, smallest
from machinery.monitoring.experiments.verdict import Says, judge

ARMS = {"treated": "challenger", "control": "champion"}


def units(
    generator: np.random.Generator,
    *,
    number: int,
    share: float = 0.5,
    gain: float = 0.0,
    stage: int = 0,
    first: int = 0,
) -> pl.DataFrame:
    """Return units with one to twenty rows each, that resemble each other within a unit."""
    rows = generator.integers(1, 20, number)
    challenged = generator.random(number) < share
    level = generator.normal(0, 1, number) + gain * challenged
    return pl.DataFrame(
        {
            "stage": np.full(number, stage),
            "unit": np.arange(first, first + number),
            "arm": np.where(challenged, "challenger", "champion"),
            "rows": rows,
            "total": rows * level + generator.normal(0, np.sqrt(rows)),
        }
    )


def shares(one: tuple[int, int], other: tuple[int, int]) -> pl.DataFrame:
    """Return units with a yes or no: yes and units of the challenger, then of the champion."""
    parts = [
        pl.DataFrame({"arm": [arm] * n, "total": [1.0] * yes + [0.0] * (n - yes)})
        for arm, (yes, n) in (("challenger", one), ("champion", other))
    ]
    return pl.concat(parts).with_row_index("unit").with_columns(stage=0, rows=1)


def found(table: pl.DataFrame) -> Effect:
    result = effect(table, **ARMS)
    assert result is not None
    return result


def test_equal_arms_differ_in_five_of_a_hundred_although_rows_of_a_unit_resemble() -> None:
    generator = np.random.default_rng(1)
    tables = [units(generator, number=400) for _ in range(400)]
    intervals = [found(table).interval(z_once()) for table in tables]
    assert 0.03 <= np.mean([low > 0 or high < 0 for low, high in intervals]) <= 0.07


def test_units_that_stay_for_several_stages_count_once() -> None:
    """Their rows of two stages resemble each other: as if independent, the error would be smaller."""
    one = units(np.random.default_rng(1), number=2_000)
    twice = pl.concat([one, one.with_columns(stage=pl.lit(1, pl.Int64))])
    assert found(twice).error == pytest.approx(found(one).error)
    assert found(twice).estimate == pytest.approx(found(one).estimate)


def test_a_ramp_with_a_change_of_the_world_shows_no_difference() -> None:
    generator = np.random.default_rng(4)
    first = units(generator, number=4_000, share=0.05)
    second = units(generator, number=4_000, share=0.5, stage=1, first=4_000)
    later = second.with_columns(total=pl.col("total") + 2 * pl.col("rows"))
    low, high = found(pl.concat([first, later])).interval(z_once())
    assert low < 0 < high
    mixed = pl.concat([first, later]).with_columns(stage=pl.lit(0, pl.Int64))
    assert found(mixed).interval(z_once())[0] > 0.5  # what a comparison without stages claims


def test_a_difference_of_shares_has_the_interval_of_newcombe() -> None:
    low, high = found(shares((56, 70), (48, 80))).interval(z_once())
    # Newcombe (1998), table II, row (a), method 10
    assert (low, high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_a_mean_has_the_standard_error_of_two_samples() -> None:
    table = units(np.random.default_rng(2), number=300).with_columns(rows=1)
    one, other = (table.filter(arm=arm)["total"] for arm in ("challenger", "champion"))
    expected = sqrt(one.var() / len(one) + other.var() / len(other))
    assert found(table).error == pytest.approx(expected)
    assert found(table).estimate == pytest.approx(one.mean() - other.mean())


def test_without_units_in_both_arms_there_is_no_effect() -> None:
    alone = units(np.random.default_rng(2), number=30, share=0)
    assert effect(alone, **ARMS) is None


def test_an_interval_for_any_look_is_wider_and_tightest_near_the_planned_end() -> None:
    """Its width relative to the standard error; the constants are those of Robbins' mixture."""
    assert z_once() == pytest.approx(1.96, abs=1e-3)
    assert z_any(1) == pytest.approx(3.03, abs=0.01)
    assert z_any(0.05) > z_any(1) < z_any(100)


@pytest.mark.parametrize(
    ("counts", "shares", "broken"),
    [
        ({"champion": 5_000, "challenger": 5_000}, (0.5, 0.5), False),
        ({"champion": 5_000, "challenger": 4_500}, (0.5, 0.5), True),
        ({"champion": 9_470, "challenger": 530}, (0.95, 0.05), False),
        ({"champion": 9_500}, (0.95, 0.05), True),  # the arm has disappeared
        ({}, (0.95, 0.05), False),
    ],
)
def test_a_lost_part_of_an_arm_is_found(
    counts: dict[str, int], shares: tuple[float, float], broken: bool
) -> None:
    arms = dict(zip(("champion", "challenger"), shares, strict=True))
    assert (mismatch(counts, arms) < LIMIT) == broken


def test_three_arms_are_tested_together() -> None:
    arms = {"champion": 0.8, "challenger": 0.1, "holdout": 0.1}
    # chi-square 10 with two degrees of freedom
    counts = {"champion": 800, "challenger": 100 + 22.3607, "holdout": 100 - 22.3607}
    assert mismatch(counts, arms) == pytest.approx(0.006738, abs=1e-5)  # type: ignore[arg-type]
    assert smallest([0.5, 0.01]) == pytest.approx(0.02)


def test_more_looks_need_more_units_and_the_plan_is_the_textbooks() -> None:
    found = plan(deviation=1, matters=0.1, treated=0.5, control=0.5)
    assert found.once == pytest.approx(4 * 7.849 / 0.1**2, rel=1e-3)
    assert 1.8 < found.any_looks / found.once < 2
    small = plan(deviation=1, matters=0.1, treated=0.05, control=0.95)
    assert small.once / found.once == pytest.approx(1 / (4 * 0.05 * 0.95), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"matters": 0}, "give two numbers above 0"),
        ({"treated": 0.6}, "together at most 1"),
        ({"control": 0}, "give two above 0"),
    ],
)
def test_what_cannot_be_planned_is_said(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        plan(**({"deviation": 1, "matters": 0.1, "treated": 0.5, "control": 0.5} | change))


def an_effect(estimate: float, error: float, *, units: tuple[int, int] = (900, 900)) -> Effect:
    return Effect(estimate, error, estimate, 0.0, units)


@pytest.mark.parametrize(
    ("estimate", "error", "says"),
    [
        (0.05, 0.01, Says.BETTER),
        (-0.05, 0.01, Says.WORSE),
        (0.001, 0.002, Says.SAME),
        (0.05, 0.03, Says.UNKNOWN),
    ],
)
def test_the_interval_decides(estimate: float, error: float, says: Says) -> None:
    settings = {"matters": 0.02, "once": False}
    verdict = judge(an_effect(estimate, error), higher_is_better=True, **settings)
    assert verdict.says == says
    mirrored = judge(an_effect(-estimate, error), higher_is_better=False, **settings)
    assert (mirrored.says, mirrored.low) == (says, pytest.approx(-verdict.high))


def test_few_units_say_nothing_and_a_broken_split_says_so() -> None:
    settings = {"matters": 0.02, "higher_is_better": True, "once": False}
    assert judge(an_effect(1, 0.01, units=(99, 900)), **settings).says == Says.UNKNOWN
    assert judge(an_effect(1, 0.01), mismatch=LIMIT / 2, **settings).says == Says.BROKEN
    assert judge(an_effect(0, 0.0), **settings).says == Says.UNKNOWN


def test_a_single_look_says_nothing_before_the_planned_end() -> None:
    settings = {"matters": 0.02, "higher_is_better": True, "once": True}
    end = needed_error(0.02, once=True)
    assert judge(an_effect(0.05, end * 1.01), **settings).says == Says.UNKNOWN
    assert judge(an_effect(0.05, end * 0.99), **settings).says == Says.BETTER
