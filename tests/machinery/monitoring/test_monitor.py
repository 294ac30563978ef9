"""The command `monitor` reads a log, says what it found, and leaves its verdicts there."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from machinery.monitoring import drift
from machinery.prediction.log import verdicts
from tiny.command import invoke

from .conftest import answer

DAY = date(2026, 6, 20)


@pytest.fixture
def monitor(engine, sample, monkeypatch):
    """Run the command on the log in the tiny project, as of DAY."""
    monkeypatch.chdir(sample)

    def run(*arguments, day=DAY):
        where = ("--log-url", engine.url.render_as_string(), "--models", sample / "models")
        return invoke("monitor", *where, "--day", day, *arguments)

    return run


@pytest.fixture
def long_enough(monkeypatch):
    """Let a reference of four months alarm: that of the tiny project is a day too short."""
    monkeypatch.setitem(drift.FACTORS, 100, 1.5)


def said(engine):
    with engine.connect() as connection:
        return {(each["name"], each["arm"]): each for each in verdicts.read(connection)}


def test_without_an_answer_it_says_so(monitor):
    result = monitor()
    assert result.exit_code == 0
    assert "the log holds no answers yet" in result.output


def test_a_log_that_does_not_exist_is_refused(tmp_path):
    result = invoke("monitor", "--log-url", f"sqlite:///{tmp_path}/none.sqlite")
    assert result.exit_code == 1
    assert "none.sqlite does not exist" in result.output


@pytest.mark.usefixtures("long_enough")
def test_a_quiet_week_leaves_verdicts_without_an_alarm(monitor, engine, alone, parcels):
    for back in range(7):
        answer(engine, alone, parcels[back * 40 :][:40], DAY - timedelta(days=back))
    result = monitor()
    assert result.exit_code == 0, result.output
    assert f"{alone.champion.version} champion" in result.output
    assert said(engine)["drift", "champion"]["status"] == "ok"
    assert {("drift", "champion"), ("score drift", "champion"), ("monitor", "")} <= {*said(engine)}


@pytest.mark.usefixtures("long_enough")
def test_a_renamed_carrier_exits_with_3(monitor, engine, alone, parcels):
    renamed = parcels.with_columns(carrier=parcels["carrier"].str.to_uppercase())
    for back in range(7):
        answer(engine, alone, renamed[back * 40 :][:40], DAY - timedelta(days=back))
    result = monitor()
    assert result.exit_code == 3, result.output
    assert "carrier: unknown 0.0 % -> 100.0 %" in result.output
    assert said(engine)["drift", "champion"]["status"] == "alarm"


def test_a_day_without_an_answer_and_one_twice_as_large_are_said(monitor, engine, alone, parcels):
    for back in range(1, 8):
        answer(engine, alone, parcels[:20], DAY - timedelta(days=back))
    result = monitor()
    assert f"nobody got an answer on {DAY}" in result.output
    answer(engine, alone, parcels[:60], DAY)
    result = monitor()
    assert f"60 answers on {DAY}, 3.0 times its usual 20" in result.output


def test_answers_from_the_future_are_counted(monitor, engine, alone, parcels):
    answer(engine, alone, parcels[:5], date(2999, 1, 1))
    assert "5 answers carry a time after now" in monitor().output


def test_a_spool_that_waits_is_said(monitor, tmp_path, engine, alone, parcels):
    answer(engine, alone, parcels[:5], DAY)
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool/a.jsonl").write_text("[]\n")
    assert "answers wait in" in monitor("--spool", tmp_path / "spool").output


def test_verdicts_are_replaced_and_those_of_others_stay(monitor, engine, alone, parcels):
    other = {"name": "experiment", "model_version": "", "arm": "", "value": 1.0}
    with engine.begin() as connection:
        row = {**other, "status": "ok", "sentence": "", "time": sa.func.current_timestamp()}
        connection.execute(verdicts.verdicts.insert().values(row))
    answer(engine, alone, parcels[:5], DAY)
    monitor()
    monitor()
    assert {name for name, _ in said(engine)} == {"experiment", "drift", "score drift", "monitor"}


def test_a_look_back_keeps_no_verdict(monitor, engine, alone, parcels):
    answer(engine, alone, parcels[:30], DAY)
    monitor()
    before = said(engine)
    answer(engine, alone, parcels[:30], DAY - timedelta(days=1))
    assert "drift" in monitor(day=DAY - timedelta(days=1)).output
    assert said(engine) == before
