"""The monitor reads the experiments of the rollout, and its page shows them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from machinery.prediction.log import verdicts
from tiny.command import invoke

from .experiment_log import START

DAY = (START + timedelta(days=9)).date()


@pytest.fixture
def monitor(log, sample, tmp_path, monkeypatch):
    """Run the command on the log, and return what it printed and its page."""
    monkeypatch.chdir(sample)

    def run(*arguments, code=0):
        result = invoke(
            *("monitor", "--log-url", log.url, "--models", sample / "models", "--day", DAY),
            *("--rollout", tmp_path / "rollout.yaml", "--page", tmp_path / "page.html", *arguments),
        )
        assert result.exit_code == code, result.output
        return result.output, (tmp_path / "page.html").read_text(encoding="utf-8")

    return run


def kept(log):
    with log.engine.connect() as connection:
        return {each["name"]: each for each in verdicts.read(connection)}


def test_a_worse_challenger_is_an_alarm_that_the_page_explains_as_the_command_does(log, monitor):
    log.predict(2_000, worse=0.1)
    said, page = monitor(code=3)
    (sentence,) = (line for line in log.read().splitlines() if " worse: " in line)
    assert f"alarm   v2 challenger: {sentence}" in said
    assert sentence in page.replace("&#x27;", "'")
    assert '<span class="bad">worse</span>' in page
    assert "<h2>Experiments</h2>" in page
    assert "sample ratio: units as uneven as these have a probability of" in page
    assert "Difference" in page  # the plot
    assert kept(log)["experiment challenger"]["sentence"] == sentence


def test_equal_arms_are_ok_and_the_holdout_says_why_it_cannot_be_compared(log, monitor):
    log.predict(2_000)
    said, page = monitor()
    assert "ok      v2 challenger: challenger against champion: no difference that matters" in said
    assert "experiment holdout: the holdout is scored by the champion" in said
    assert page.count("challenger against champion</h3>") == 1


def test_an_arm_that_loses_answers_breaks_the_split(log, monitor):
    log.predict(2_000)
    log.execute("DELETE FROM predictions WHERE arm = 'challenger' AND unit GLOB '*[5678] *'")
    said, page = monitor(code=3)
    assert "the split is broken: counts as uneven as these" in said
    assert '<span class="bad">the split is broken</span>' in page


def test_a_rollout_without_units_of_another_arm_has_no_experiment(log, monitor):
    with log.engine.begin() as connection:
        connection.execute(sa.text("UPDATE rollouts SET challenger = 0, holdout = 0"))
    said, page = monitor()
    assert "experiment" not in said
    assert "Experiments" not in page


def test_the_monitor_without_a_rollout_leaves_the_verdicts_of_experiments_alone(
    log, monitor, tmp_path
):
    log.predict(2_000, worse=0.1)
    monitor(code=3)
    before = kept(log)["experiment challenger"]
    (tmp_path / "rollout.yaml").unlink()
    monitor()
    assert kept(log)["experiment challenger"] == before
