"""A planted shift raises an alarm, and a change that training saw before raises none."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from machinery.model import bins, reference
from machinery.monitoring import distance, drift, inputs
from machinery.monitoring.verdict import ALARM, OK, UNKNOWN

DAYS, ROWS = 280, 200
FIRST = date(2026, 1, 1)
LAST = date(2027, 3, 7)


def draw(days, *, seed, shift=0.0, missing=0.1, rows=ROWS, names="AB"):
    """Rows whose days differ from each other, as those of real data do."""
    random = np.random.default_rng(seed)
    level = random.normal(0, 0.3, days).repeat(rows) + shift
    number = random.normal(level, 1)
    absent = random.random(days * rows) < missing
    return pl.DataFrame(
        {
            "day": [FIRST + timedelta(days=day) for day in range(days) for _ in range(rows)],
            "number": np.where(absent, np.nan, number),
            "name": random.choice(list(names), days * rows),
        }
    )


def described(days=DAYS, rows=None):
    rows = draw(days, seed=1) if rows is None else rows
    features = [
        reference.Feature(name="number", kind="numeric"),
        reference.Feature(name="name", kind="category"),
    ]
    scores = pl.Series([None], dtype=pl.Float64).new_from_index(0, rows.height)
    return reference.describe(rows, features=features, scores=scores, time="day")


@pytest.fixture(scope="module")
def known():
    return described()


def judged(known, rows, length=7):
    """The verdict on the inputs of an arm that got `rows` in the week before LAST."""
    columns = {column.bins.name: column.bins for column in known.columns}
    days = {}
    for place, (_, part) in enumerate(rows.group_by("day", maintain_order=True)):
        counts = {name: each.count(part[name]) for name, each in columns.items() if "(" not in name}
        scored = columns[reference.SCORE].count(pl.Series([0.5] * len(part)))
        days[LAST - timedelta(days=length - 1 - place)] = counts | {reference.SCORE: scored}
    arm = inputs.Served("v1", "champion", known, days)
    return list(inputs.verdicts(drift.of(known), arm, LAST))


def test_the_distance_is_that_of_jensen_and_shannon():
    equal = distance.jensen_shannon(np.array([2, 2]), np.array([5, 5]))
    apart = distance.jensen_shannon(np.array([[2, 0], [1, 1]]), np.array([0, 4]))
    assert equal == pytest.approx(0, abs=1e-9)
    assert apart == pytest.approx([1, 0.5579230452], abs=1e-9)  # scipy's jensenshannon, base 2


def test_a_window_is_some_days_in_a_row():
    days = np.array([[1, 0], [2, 1], [3, 0]])
    assert distance.windows(days, 2).tolist() == [[3, 1], [5, 1]]


def test_a_thinned_day_keeps_its_shares_and_has_fewer_rows():
    days = np.array([[600, 400], [30, 10]])
    small = distance.thinned(days, 100)
    assert small.sum(axis=1).tolist() == [100, 40]
    assert 45 <= small[0, 0] <= 75
    assert distance.thinned(days, 100).tolist() == small.tolist()


def test_a_quiet_week_is_quiet(known):
    drifted, scores = judged(known, draw(7, seed=2))
    assert (drifted.status, scores.status) == (OK, UNKNOWN)
    assert drifted.value < 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shift": 1.5}, "number: above"),
        ({"missing": 0.4}, "number: missing 10"),
        ({"names": "AC"}, "name: "),
    ],
)
def test_a_shift_missing_values_and_a_renamed_category_raise_an_alarm(known, change, said):
    drifted, _ = judged(known, draw(7, seed=3, **change))
    assert drifted.status == ALARM
    assert said.split(":")[0] in drifted.sentence
    assert "over 7 days" in drifted.sentence or "on one day" in drifted.sentence


def test_a_category_that_training_never_saw_is_an_alarm_on_its_first_day(known):
    """The days of a restless column differ so much that its distribution says nothing."""
    random = np.random.default_rng(1)
    share = random.random(DAYS)
    shares = np.stack([0 * share, 0 * share, share, 1 - share, 0 * share], axis=1)
    drifted = drift.Drift({"name": random.multinomial(ROWS, shares)}, categories={"name"})
    (first, second) = drifted.compare([{"name": np.array([0, 12, 90, 98, 0])}])[:2]
    assert (first.part, first.pressure >= 1) == (drift.UNKNOWN, True)
    assert second.pressure < 1
    assert inputs.change(first, known) == "unknown 0.0 % -> 6.0 %"


def test_a_column_with_new_values_every_day_may_have_unknown_ones():
    def numbered(rows):
        """Each third row has a value of its own, as the number of a new customer."""
        third = pl.int_range(pl.len()) % 3 == 0
        new = pl.format("{}-{}", "day", pl.int_range(pl.len()))
        return rows.with_columns(name=pl.when(third).then(new).otherwise("name"))

    known = described(rows=numbered(draw(DAYS, seed=1)))
    (column,) = [each for each in known.columns if each.bins.name == "name"]
    assert sorted(column.bins.categories) == ["A", "B"]
    assert column.by_day()[:, bins.UNKNOWN].min() == 66
    drifted, _ = judged(known, numbered(draw(7, seed=2)))
    assert drifted.status == OK


def test_missing_values_of_a_reference_without_any_are_an_alarm():
    known = described(rows=draw(DAYS, seed=1, missing=0))
    quiet, _ = judged(known, draw(7, seed=3, missing=0))
    drifted, _ = judged(known, draw(7, seed=3, missing=0.05))
    assert (quiet.status, drifted.status) == (OK, ALARM)
    assert drifted.sentence.startswith("number: missing 0.0 %")


def test_a_calm_column_alarms_before_it_moves_as_far_as_a_restless_one():
    """The restless column's worst day must not decide what is far for the calm one."""
    random = np.random.default_rng(1)
    calm = random.multinomial(ROWS, [0, 0, 0.5, 0.5], DAYS)
    restless = random.multinomial(ROWS, [0, 0, 0.5, 0.5], DAYS)
    restless[100] = [0, 0, 0, ROWS]
    drifted = drift.Drift({"calm": calm, "restless": restless})
    moved = drifted.compare([{"calm": np.array([0, 0, 170, 30]), "restless": restless[0]}])
    assert (moved[0].name, moved[0].pressure >= 1) == ("calm", True)


def test_an_outage_of_one_column_is_as_usual_as_one_of_another():
    """Missing values have one limit for all columns, however calm a column was by itself."""
    random = np.random.default_rng(1)
    before = random.multinomial(ROWS, [0.02, 0, 0.49, 0.49], (2, DAYS))
    before[0, 100] = [100, 0, 50, 50]
    drifted = drift.Drift(dict(zip(("an outage", "calm"), before, strict=True)))
    moved = drifted.compare([{"an outage": before[0, 0], "calm": np.array([80, 0, 60, 60])}])
    assert [each.pressure < 1 for each in moved if each.part == drift.MISSING] == [True, True]


def test_only_a_category_has_a_share_of_unknown_values(known):
    judged = drift.of(known).quiet(1).usual
    assert {name for name, part in judged if part == drift.UNKNOWN} == {"name"}


def test_a_small_arm_is_compared_with_days_as_small_as_its_own(known):
    quiet = [judged(known, draw(7, seed=seed, rows=8))[0] for seed in range(10, 20)]
    assert [each.status for each in quiet].count(ALARM) == 0
    (drifted, _) = judged(known, draw(7, seed=3, rows=8, missing=0.9))
    assert drifted.status == ALARM


def test_a_short_reference_shows_and_does_not_alarm():
    drifted, _ = judged(described(days=60), draw(7, seed=3, shift=3))
    assert (drifted.status, drifted.value) == (UNKNOWN, None)
    assert "the reference has 60 days" in drifted.sentence


def test_an_empty_day_and_an_arm_that_disappears_are_said(known):
    columns = {column.bins.name: column.bins for column in known.columns}
    empty = {name: np.zeros(each.number, dtype=np.int64) for name, each in columns.items()}
    full = {name: each + 1 for name, each in empty.items()}
    arm = inputs.Served("v1", "challenger", known, {LAST - timedelta(days=1): full})
    (drifted, _) = inputs.verdicts(drift.of(known), arm, LAST)
    assert drifted.status == UNKNOWN
    assert f"no answers on {LAST}, after" in drifted.sentence
    assert "was the rollout changed?" in drifted.sentence


def test_a_column_whose_days_differ_as_much_as_days_can_is_named():
    rows = draw(DAYS, seed=1).with_columns(name=pl.col("day").dt.day().cast(pl.String))
    features = [
        reference.Feature(name="number", kind="numeric"),
        reference.Feature(name="name", kind="category"),
    ]
    scores = pl.Series([None], dtype=pl.Float64).new_from_index(0, rows.height)
    known = reference.describe(rows, features=features, scores=scores, time="day")
    assert inputs.blind(drift.of(known)) == ["name"]


def test_a_bin_is_named_for_people():
    numbers = bins.learn(pl.Series([1.0, 2.0, 3.0]), name="x", category=False)
    said = [numbers.label(place) for place in range(numbers.number)]
    assert said == ["missing", "below 1", "1", "1 to 2", "2 to 3", "above 3"]
    zeros = bins.learn(pl.Series([0.0, 0.0, 3.0]), name="x", category=False)
    assert [zeros.label(place) for place in range(1, 4)] == ["below 0", "0", "0 to 3"]
    words = bins.learn(pl.Series(["a", "a", "b"]), name="x", category=True)
    assert [words.label(place) for place in range(words.number)] == [
        "missing", "unknown", "a", "b", "other",
    ]  # fmt: skip
