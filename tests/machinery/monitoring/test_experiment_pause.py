"""`experiment read --pause` pauses a challenger that is worse, once a day at most."""

from datetime import UTC, datetime

from click.testing import CliRunner

from machinery import cli
from machinery.prediction.log import pauses, verdicts
from tiny.project import PROJECT


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
