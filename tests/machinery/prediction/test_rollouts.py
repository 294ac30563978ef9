"""What an experiment needs of the log: rollouts, the assigned value, named measures, pauses."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from machinery import database
from machinery.errors import InputError
from machinery.prediction.log import pauses, rollouts, tables

from .conftest import ROLLOUT as ROLLOUT_FILE
from .conftest import ask, command

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ROLLOUT = {
    "time": NOW,
    "salt": "s",
    "assign_by": "key",
    "holdout": 0.0,
    "challenger": 0.05,
    "shadow": False,
    "champion_version": "v1",
    "challenger_version": "v2",
}


def opened(url):
    return tables.open_tables(database.parse(url))


def test_a_rollout_is_written_once_however_often_a_service_starts(url):
    with opened(url).begin() as connection:
        for hours, share in ((0, 0.05), (1, 0.05), (2, 0.5), (3, 0.05)):
            row = ROLLOUT | {"time": NOW + timedelta(hours=hours), "challenger": share}
            rollouts.write(connection, row)
        rollouts.write(connection, ROLLOUT | {"time": NOW + timedelta(hours=4), "salt": "other"})
        found = rollouts.read(connection, "s")
    assert found["challenger"].to_list() == [0.05, 0.5, 0.05]
    assert found["time"].dt.hour().to_list() == [10, 12, 13]


def test_a_challenger_is_paused_once_a_day_at_most_and_until_it_is_resumed(url):
    engine = opened(url)
    with engine.begin() as connection:
        assert pauses.pause(connection, salt="s", version="v2", reason="worse", now=NOW)
        assert not pauses.pause(connection, salt="s", version="v2", reason="worse", now=NOW)
    later = NOW + timedelta(hours=23)
    with engine.begin() as connection, pytest.raises(InputError, match="one pause a day"):
        pauses.pause(connection, salt="s", version="v3", reason="worse", now=later)
    with engine.begin() as connection:
        assert pauses.read(connection) == {("s", "v2")}
        assert pauses.reasons(connection) == [("v2", NOW.replace(tzinfo=None), "worse")]
        assert pauses.resume(connection, "v2") == 1
        assert pauses.read(connection) == frozenset()
        later = NOW + timedelta(hours=25)
        assert pauses.pause(connection, salt="s", version="v3", reason="worse", now=later)


def test_a_database_of_an_earlier_release_gets_what_it_lacks_and_keeps_its_rows(url):
    engine = opened(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE predictions DROP COLUMN assigned"))
        for name in ("measures", "rollouts", "pauses"):
            connection.execute(sa.text(f"DROP TABLE {name}"))
        connection.execute(
            sa.text(
                'INSERT INTO predictions (request_id, "index", unit, arm, model_version, score,'
                " inputs, time) VALUES ('a', 0, 'u', 'champion', 'v1', 0.5, '{}', :now)"
            ).bindparams(sa.bindparam("now", NOW, sa.DateTime(timezone=True)))
        )
    opened(url)
    assert ask(url, "SELECT unit, assigned FROM predictions") == [("u", None)]
    assert ask(url, "SELECT count(*) FROM measures") == [(0,)]
    assert ask(url, "SELECT count(*) FROM rollouts") == [(0,)]


def record(run, url, folder, name, *rows):
    table = pl.DataFrame(rows, schema=["unit", "time", "value"], orient="row")
    table.write_parquet(folder / "measures.parquet")
    return run("outcomes", folder / "measures.parquet", "--measure", name, "--log-url", url)


def test_measures_are_recorded_by_name_and_time_and_corrected(url, run, tmp_path):
    at = NOW.replace(tzinfo=None)
    rows = [("a", at, 10.0), ("a", at + timedelta(days=1), 5.0), ("b", at, 1.0)]
    for name in ("revenue", "visits"):
        assert record(run, url, tmp_path, name, *rows).exit_code == 0
    said = record(run, url, tmp_path, "revenue", ("b", at, 2.0)).output
    assert said.startswith("1 values of revenue recorded")
    found = ask(url, "SELECT unit, value FROM measures WHERE name = 'revenue' ORDER BY unit, time")
    assert found == [("a", 10.0), ("a", 5.0), ("b", 2.0)]
    assert ask(url, "SELECT count(*) FROM measures WHERE name = 'visits'") == [(3,)]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("a", NOW.replace(tzinfo=None), None), "1 rows break a rule: value"),
        (("a", datetime(2999, 1, 1), 1.0), "1 rows happened in the future"),
    ],
    ids=["no value", "future"],
)
def test_a_measure_that_cannot_be_is_refused_and_nothing_is_recorded(row, sentence, run, tmp_path):
    url = f"sqlite:///{tmp_path}/log.sqlite"
    result = record(run, url, tmp_path, "visits", ("good", NOW.replace(tzinfo=None), 1.0), row)
    assert result.exit_code == 1
    assert sentence in result.output
    assert ask(url, "SELECT count(*) FROM measures") == [(0,)]


def test_a_measure_cannot_have_the_name_of_one_of_the_log(run, tmp_path):
    url = f"sqlite:///{tmp_path}/log.sqlite"
    result = record(run, url, tmp_path, "outcome", ("a", NOW.replace(tzinfo=None), 1.0))
    assert result.exit_code == 1
    assert "outcome is what the log itself measures: give another name" in result.output


def test_a_run_of_batch_records_its_rollout_and_obeys_a_pause(models, rows, tmp_path):
    url = f"sqlite:///{tmp_path}/log.sqlite"
    rows.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "models").symlink_to(models)
    shares = ROLLOUT_FILE.read_text(encoding="utf-8").replace("challenger: 0.0", "challenger: 1.0")
    (tmp_path / "rollout.yaml").write_text(shares, encoding="utf-8")

    def predict():
        given = ("--rollout", tmp_path / "rollout.yaml", "--reports", tmp_path)
        return command("predict", tmp_path / "rows.parquet", url, *given)

    assert predict().exit_code == 0
    counted = "SELECT arm, count(*) FROM predictions GROUP BY arm ORDER BY arm"
    assert ask(url, counted) == [("challenger", 40)]
    assert ask(url, "SELECT count(*) FROM predictions WHERE assigned = unit") == [(40,)]
    ((salt, version),) = ask(url, "SELECT salt, challenger_version FROM rollouts")
    with opened(url).begin() as connection:
        pauses.pause(connection, salt=salt, version=version, reason="worse", now=NOW)
    assert predict().exit_code == 0
    assert ask(url, counted) == [("challenger", 40), ("champion", 40)]
    assert ask(url, "SELECT challenger FROM rollouts ORDER BY id") == [(1.0,), (0.0,)]
