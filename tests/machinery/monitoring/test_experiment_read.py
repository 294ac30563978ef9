"""`experiment read` on a log that is written by hand: what it says, and what it leaves out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from machinery import cli, database
from machinery.prediction.log import measures, pauses, rollouts, tables, verdicts
from machinery.prediction.log.tables import predictions
from machinery.prediction.rollout import assign, load
from tiny.postgresql import server  # noqa: F401  for a test
from tiny.project import PROJECT

START = datetime(2026, 3, 2, tzinfo=UTC)
SHARE = 0.5
ROLLOUT = """
salt: s
assign_by: carrier
holdout: 0.1
challenger: {share}
shadow: false
default_decision: false
experiment:
  measure: {measure}
  better: lower
  matters: 0.05
  days: 1
models: {{champion: a, challenger: b, before_release: null}}
"""


class Log:
    """A log in a folder, with a rollout."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or f"sqlite:///{folder}/log.sqlite"
        self.engine = tables.open_tables(database.parse(self.url))
        self.set(SHARE)

    def set(self, share: float, measure: str = "error", *, day: float = 0, version: str = "v2"):
        """Change the share of the challenger and say so in the log."""
        path = self.folder / "rollout.yaml"
        path.write_text(ROLLOUT.format(share=share, measure=measure), encoding="utf-8")
        self.rollout = load(path, PROJECT.row)
        versions = {"champion": "v1", "challenger": version} if share else {"champion": "v1"}
        row = rollouts.row(self.rollout, versions, START + timedelta(days=day))
        with self.engine.begin() as connection:
            rollouts.write(connection, row)

    def predict(self, number: int, *, day: float = 0.5, first: int = 0, worse: float = 0.0):
        """Record answers for two rows of each unit; the challenger's scores are `worse`."""
        names = [f"unit {first + place}" for place in range(number)]
        arms = assign(pl.Series(names), self.rollout)
        generator = np.random.default_rng(first)
        answers, known = [], []
        for name, arm in zip(names, arms, strict=True):
            for row in range(2):
                outcome = float(generator.random() < 0.3)
                off = generator.normal(0.3, 0.1) + (worse if arm == "challenger" else 0)
                answers.append(
                    {
                        "request_id": f"{name} {day}",
                        "index": row,
                        "unit": f"{name} {row}",
                        "arm": arm,
                        "model_version": "v2" if arm == "challenger" else "v1",
                        "score": abs(outcome - off),
                        "inputs": "{}",
                        "time": START + timedelta(days=day),
                        "assigned": name,
                    }
                )
                known.append({"unit": f"{name} {row}", "outcome": outcome, "label": None})
        with self.engine.begin() as connection:
            connection.execute(predictions.insert(), answers)
            at = pl.lit(START + timedelta(days=day + 1))
            tables.record_outcomes(connection, pl.DataFrame(known).with_columns(time=at))

    def run(self, *arguments: str, until: float | None = 10) -> Result:
        """Read the experiment as of so many days after its start."""
        moment = ["--until", f"{START + timedelta(days=until):%Y-%m-%d %H:%M:%S}"] if until else []
        given = ["--log-url", self.url, "--rollout", str(self.folder / "rollout.yaml"), *moment]
        return CliRunner().invoke(
            cli.commands, ["experiment", "read", *given, *arguments], obj=PROJECT
        )

    def read(self, *arguments: str, until: float | None = 10) -> str:
        result = self.run(*arguments, until=until)
        assert result.exit_code == 0, result.output
        return result.output

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_a_challenger_with_larger_errors_is_worse(log):
    log.predict(2_000, worse=0.1)
    said = log.read()
    assert "champion v1, challenger v2\nerror, lower is better" in said
    assert "challenger against champion: worse: error +0.0" in said
    assert "one unit deviates by 0.0" in said


def test_postgresql_is_read_as_sqlite_is(log, server, tmp_path):  # noqa: F811  a fixture
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


def test_a_worse_challenger_is_paused_once_and_its_verdict_is_kept(log):
    log.predict(2_000, worse=0.1)
    assert "is paused" not in log.read("--pause", until=5)  # a look at the past acts on nothing
    assert "v2 is paused: `experiment resume v2`" in log.read("--pause", until=None)
    assert "v2 is paused already" in log.read("--pause", until=None)
    with log.engine.connect() as connection:
        assert pauses.read(connection) == {("s", "v2")}
        (kept,) = verdicts.read(connection)
    assert (kept["name"], kept["model_version"], kept["status"]) == (
        "experiment challenger",
        "v2",
        "alarm",
    )
    arguments = ["experiment", "resume", "--log-url", log.url, "v2"]
    assert "v2 decides again" in CliRunner().invoke(cli.commands, arguments, obj=PROJECT).output
    again = CliRunner().invoke(cli.commands, arguments, obj=PROJECT)
    assert "v2 is not paused: give one of the paused versions: none" in again.output


def test_a_second_pause_in_a_day_is_refused_and_the_verdict_is_kept_all_the_same(log):
    log.predict(2_000, worse=0.1)
    with log.engine.begin() as connection:
        now = datetime.now(UTC)
        pauses.pause(connection, salt="s", version="v0", reason="worse", now=now)
    refused = log.run("--pause", until=None)
    assert refused.exit_code == 1
    assert "one pause a day is the limit" in refused.output
    with log.engine.connect() as connection:
        assert [each["status"] for each in verdicts.read(connection)] == ["alarm"]


def test_a_worse_challenger_that_decides_nothing_any_more_alarms_nobody(log):
    log.predict(2_000, worse=0.1)
    log.read(until=None)
    log.set(0, day=2)
    log.read(until=None)
    with log.engine.connect() as connection:
        (kept,) = verdicts.read(connection)
    assert kept["status"] == "ok"
    assert "worse: error" in kept["sentence"]
    assert kept["sentence"].endswith("it has ended or is paused")


def test_an_equal_challenger_is_left_alone(log):
    log.predict(2_000)
    assert "nothing to pause" in log.read("--pause", until=None)


def test_outcomes_are_compared_as_shares(log):
    log.predict(2_000)
    said = log.read("--measure", "outcome")
    assert "challenger against champion: " in said
