"""`experiment read`: what it says of a log, and what it leaves out."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from machinery.prediction.log import measures
from machinery.prediction.log.tables import predictions

from .experiment_log import SHARE, START, Log


def test_a_challenger_with_larger_errors_is_worse(log):
    log.predict(2_000, worse=0.1)
    said = log.read()
    assert "champion v1, challenger v2\nerror, lower is better" in said
    assert "challenger against champion: worse: error +0.0" in said
    assert "one unit deviates by 0.0" in said


def test_postgresql_is_read_as_sqlite_is(log, server, tmp_path):
    """Its times have a zone, and a session has one of its own."""
    (tmp_path / "other").mkdir()
    other = Log(tmp_path / "other", f"{server}/postgres?options=-c%20timezone%3DAsia/Tokyo")
    for each in (log, other):
        each.predict(300, worse=0.1)
        each.set(0.8, day=2)
        each.predict(300, day=3, first=1_000)
    assert log.read() == other.read()
    assert "stage 2, from 2026-03-04 00:00" in other.read()


def test_the_same_model_in_both_arms_makes_no_difference_that_matters(log):
    log.predict(2_000)
    assert "no difference that matters" in log.read()


def test_few_units_are_not_enough_data_however_large_the_difference(log):
    log.predict(100, worse=0.5)
    assert "not enough data" in log.read()


def test_only_what_is_old_enough_counts(log):
    log.predict(1_000, worse=0.1)
    assert "no measured unit in both arms yet" in log.read(until=1.4)
    assert "worse: error" in log.read("--days", "0", until=1.6)


def test_a_ramp_is_read_stage_by_stage_and_pooled(log):
    log.predict(1_000)
    log.set(0.8, day=2)
    log.predict(1_000, day=3, first=1_000)
    lines = log.read().splitlines()
    assert lines[2].startswith("stage 1, from 2026-03-02 00:00, challenger 50 %")
    assert lines[3].startswith("stage 2, from 2026-03-04 00:00, challenger 80 %")
    assert "no difference that matters" in lines[-1]


def test_another_challenger_is_another_experiment(log):
    log.predict(1_000, worse=0.3)
    log.set(SHARE, day=2, version="v3")
    log.predict(100, day=3, first=1_000)
    said = log.read()
    assert "challenger v3" in said
    assert "stage 2" not in said
    assert "not enough data" in said


def test_a_pause_is_no_stage(log):
    log.predict(600)
    log.set(0, day=2)
    log.predict(600, day=2.5, first=1_000)  # all with the champion
    log.set(SHARE, day=3)
    log.predict(600, day=3.5, first=2_000)
    lines = log.read().splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("stage")] == [
        "stage 1, from 2026-03-02 00",
        "stage 2, from 2026-03-05 00",
    ]
    assert " units" in lines[2]
    assert not any("the split is broken" in line for line in lines)


def test_an_arm_that_disappears_breaks_the_split(log):
    log.predict(1_000)
    log.execute("DELETE FROM predictions WHERE arm = 'challenger'")
    assert "the split is broken: counts as uneven as these have a probability of" in log.read()


def test_a_unit_in_two_arms_is_left_out_and_counted(log):
    log.predict(1_000)
    log.execute(
        "UPDATE predictions SET arm = CASE arm WHEN 'champion' THEN 'challenger' ELSE 'champion'"
        " END WHERE assigned IN ('unit 1', 'unit 2') AND \"index\" = 1 AND arm != 'holdout'"
    )
    assert "note: 2 units were in two arms of one stage, and are left out" in log.read()


def test_a_row_that_is_predicted_again_counts_once(log):
    log.predict(500)
    once = log.read().splitlines()[-1]
    log.predict(500, day=0.6)
    assert log.read().splitlines()[-1] == once


def test_outcomes_that_are_missing_or_too_early_are_left_out_and_counted(log):
    log.predict(1_000)
    log.execute("DELETE FROM outcomes WHERE unit IN ('unit 1 0', 'unit 2 0')")
    log.execute("UPDATE outcomes SET time = '2026-03-01 00:00:00' WHERE unit = 'unit 3 0'")
    said = log.read()
    assert "note: 2 rows have no error, and are left out: " in said
    assert "note: 1 outcomes were recorded before the prediction, and left out" in said


def test_answers_of_an_earlier_release_have_no_assigned_value_and_do_not_count(log):
    log.predict(1_000)
    log.execute("UPDATE predictions SET assigned = NULL")
    assert "no measured unit in both arms yet" in log.read()


def spend(log: Log, *, holdout: float) -> None:
    """Record that each unit spent 10, and less in the holdout, and an unknown unit spent a lot."""
    with log.engine.begin() as connection:
        found = connection.execute(sa.select(predictions.c.assigned, predictions.c.arm).distinct())
        generator = np.random.default_rng(1)
        rows = [
            {
                "unit": unit,
                "time": START + timedelta(days=0.75),
                "value": generator.normal(10 - holdout * (arm == "holdout"), 1),
            }
            for unit, arm in found
        ]
        rows += [
            {"unit": "unit 1", "time": START, "value": 1e9},  # before its prediction
            {"unit": "unit 1", "time": START + timedelta(days=5), "value": 1e9},  # too late
            {"unit": "nobody", "time": START + timedelta(days=0.75), "value": 1e9},
        ]
        measures.record(connection, pl.DataFrame(rows).with_columns(name=pl.lit("revenue")))


HOLDOUT = ("--compare", "holdout", "--measure", "revenue", "--better", "higher", "--per", "unit")


def test_the_model_is_compared_with_the_holdout_by_what_it_is_for(log):
    log.predict(2_000)
    spend(log, holdout=2)
    said = log.read(*HOLDOUT, "--matters", "0.5")
    assert "champion against holdout: better: revenue +" in said
    assert "note: 1 values of revenue happened before the prediction" in said
    assert "note: 1 units with a revenue are not in the experiment" in said


def test_a_measure_that_is_rare_counts_as_zero_where_it_is_absent(log):
    log.predict(2_000)
    spend(log, holdout=0)
    log.execute("DELETE FROM measures WHERE substr(unit, -1) = '7'")
    assert "rows have no revenue" in log.read(*HOLDOUT, "--matters", "1")
    assert "rows have no revenue" not in log.read(*HOLDOUT, "--matters", "1", "--absent", "zero")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--compare", "holdout"), "the holdout is scored by the champion"),
        (("--measure", "tips"), "no value of 'tips' is recorded"),
        (("--matters", "-1"), "give a difference above 0"),
    ],
)
def test_what_cannot_be_compared_is_said(log, arguments, sentence):
    log.predict(10)
    result = log.run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.output


def test_without_a_challenger_or_a_log_there_is_nothing_to_read(log, tmp_path):
    log.execute("DELETE FROM rollouts")
    assert "raise challenger in rollout.yaml" in log.run().output
    result = log.run("--log-url", f"sqlite:///{tmp_path}/none.sqlite")
    assert "none.sqlite does not exist" in result.output
    assert not (tmp_path / "none.sqlite").exists()


def test_a_rollout_without_an_experiment_needs_the_options(log):
    path = log.folder / "rollout.yaml"
    text = path.read_text(encoding="utf-8")
    before, after = text.split("experiment:")
    path.write_text(before + after[after.index("models:") :], encoding="utf-8")
    assert "the experiment has no measure: add `experiment`" in log.run().output
    log.predict(100)
    said = log.run("--measure", "error", "--better", "lower", "--matters", "0.1")
    assert "not enough data" in said.output


def test_outcomes_are_compared_as_shares(log):
    log.predict(2_000)
    said = log.read("--measure", "outcome")
    assert "challenger against champion: " in said
