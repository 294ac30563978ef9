"""Databases as source and target: SQLite, and PostgreSQL where it is installed."""

import json
import shutil
import signal
import subprocess
import time
from datetime import datetime

import polars as pl
import pytest
import sqlalchemy as sa

from machinery import database
from machinery.data.table import KEY
from machinery.errors import InputError
from machinery.prediction.arms import alone
from machinery.prediction.batch import batch, source
from machinery.prediction.batch.database_target import database_target
from machinery.prediction.batch.run import Run
from machinery.prediction.predict import predict
from tiny.project import PROJECT

from ..conftest import ESCAPED, HIGH, MAIN, NUMBER, PASSWORD, ask


def fill(url, rows, table="rows"):
    """Put `rows` into a table as other programs make it: times as times where there are any."""
    kinds = {pl.Int16: "smallint", pl.Int64: "bigint", pl.Float64: "double precision"}
    time_type = "text" if url.startswith("sqlite") else "timestamp"
    kinds |= {pl.String: "text", pl.Datetime: time_type, pl.Int8: "smallint"}
    columns = ", ".join(f"{name} {kinds[kind.base_type()]}" for name, kind in rows.schema.items())
    times = [name for name, kind in rows.schema.items() if kind.is_temporal()]
    values = rows.with_columns(pl.col(times).dt.to_string("%Y-%m-%d %H:%M:%S"))
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {table} ({columns})"))
        marks = ", ".join(f":{name}" for name in rows.columns)
        for name in [] if url.startswith("sqlite") else times:
            marks = marks.replace(f":{name}", f"CAST(:{name} AS timestamp)")
        connection.execute(sa.text(f"INSERT INTO {table} VALUES ({marks})"), values.to_dicts())


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of ten rows, so that forty are four."""
    monkeypatch.setattr(source, "CHUNK", 10)


@pytest.fixture
def score(url, run, tmp_path):
    """Score a source into the database, or into another target."""
    return lambda source, *options, target=None: run(
        "predict", source, target or url, "--reports", tmp_path / "reports", *options
    )


ANSWERS = """
    SELECT unit, score, decision, arm, model_version FROM predictions
    WHERE request_id = 'one' ORDER BY "index"
"""


def answers(url):
    rows = ((unit, score, bool(yes), *rest) for unit, score, yes, *rest in ask(url, ANSWERS))
    return sorted(rows)


def expected(rows, model):
    return sorted(predict(rows, alone(PROJECT, model)).rows())


@pytest.mark.usefixtures("small_chunks")
def test_from_a_database_to_itself_the_answers_are_those_of_the_library(url, rows, model, score):
    fill(url, rows)
    result = score(url, "--table", "rows", "--run-id", "one")
    assert result.exit_code == 0, result.output
    assert answers(url) == expected(rows, model)
    assert ask(url, 'SELECT min("index"), max("index") FROM predictions') == [(0, 39)]


def test_inputs_are_recorded_with_the_answers(url, rows, score, tmp_path):
    rows.write_parquet(tmp_path / "in.parquet")
    options = ("--run-id", "one", "--contributions", 2)
    assert score(tmp_path / "in.parquet", *options).exit_code == 0
    kept = ask(url, "SELECT inputs, contributions FROM predictions WHERE unit = 'row 3'")[0]
    inputs, contributions = (json.loads(part) if isinstance(part, str) else part for part in kept)
    wanted = rows.filter(pl.col(KEY) == "row 3").row(0, named=True)
    times = {name: str(value) for name, value in wanted.items() if isinstance(value, datetime)}
    assert inputs == wanted | times
    assert len(contributions) == 2


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_settings_of_a_server_change_no_value(url, rows, score):
    known = rows.with_columns(pl.col(KEY) + " \u00e4", weight=pl.lit(1 / 3))
    fill(url, known)
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE rows ALTER sent TYPE timestamptz USING sent AT TIME ZONE 'UTC'"
        )
        place = connection.engine.url.database
        for setting in ("datestyle = German", "timezone = 'Asia/Kolkata'", "extra_float_digits = -9",
                        "client_encoding = LATIN1"):  # fmt: skip
            connection.exec_driver_sql(f"ALTER DATABASE {place} SET {setting}")
    result = score(url, "--table", "rows", "--run-id", "one")
    assert result.exit_code == 0, result.output
    found = [json.loads(each) if isinstance(each, str) else each
             for each, in ask(url, "SELECT inputs FROM predictions")]  # fmt: skip
    kept = {each[KEY]: each for each in found}
    assert len(kept) == rows.height
    for each in known.to_dicts():
        assert kept[each[KEY]] == each | {"sent": str(each["sent"])}


def test_a_query_is_passed_on_unchanged(url, rows, model, score, tmp_path):
    fill(url, rows)
    query = f"SELECT *, ':x' AS more FROM rows WHERE {KEY} LIKE 'row 1%';"
    result = score(url, "--query", query, target=tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    found = pl.read_parquet(tmp_path / "out.parquet")
    wanted = rows.filter(pl.col(KEY).str.starts_with("row 1")).sort(KEY)
    assert found.equals(predict(wanted, alone(PROJECT, model)))


def test_a_query_cannot_write(url, rows, score, tmp_path):
    fill(url, rows)
    query = "WITH gone AS (DELETE FROM rows RETURNING *) SELECT * FROM gone"
    query = "DELETE FROM rows RETURNING *" if url.startswith("sqlite") else query
    said = score(url, "--query", query, target=tmp_path / "out.parquet")
    assert said.exit_code == 1
    assert len(said.output.splitlines()) == 1
    assert ask(url, "SELECT count(*) FROM rows") == [(rows.height,)]


def test_rows_of_one_key_come_in_one_order(url, rows, score, tmp_path):
    twice = pl.concat(
        [rows[:5], rows[:5].with_columns(pl.lit(HIGH, rows[NUMBER].dtype).alias(NUMBER))]
    )
    fill(url, twice, "forth")
    fill(url, twice.reverse(), "back")
    for name in ("forth", "back"):
        result = score(url, "--table", name, target=tmp_path / f"{name}.parquet")
        assert result.exit_code == 0, result.output
    assert pl.read_parquet(tmp_path / "forth.parquet").equals(
        pl.read_parquet(tmp_path / "back.parquet")
    )


def test_two_processes_do_not_write_one_run(url, rows, score):
    fill(url, rows)
    run = Run("one", {})
    with database_target(database.parse(url)).locked(run):
        said = score(url, "--table", "rows", "--run-id", "one")
    assert "another process writes" in said.output
    assert score(url, "--table", "rows", "--run-id", "one").exit_code == 0


def test_values_that_python_cannot_hold_do_not_stop_the_search_for_columns(url, rows, score):
    times = f"{'' if url.startswith('sqlite') else 'timestamp '}'infinity'"
    fill(url, rows)
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE odd AS SELECT *, {times} AS until FROM rows"))
    result = score(url, "--table", "odd", "--run-id", "one")
    assert result.exit_code == 0, result.output


def test_a_second_run_neither_doubles_nor_overwrites(url, rows, score, tmp_path):
    rows.write_parquet(tmp_path / "in.parquet")
    for name in ("one", "one", "two"):
        assert score(tmp_path / "in.parquet", "--run-id", name).exit_code == 0
    counted = "SELECT request_id, count(*) FROM predictions GROUP BY 1 ORDER BY 1"
    assert ask(url, counted) == [("one", 40), ("two", 40)]


def test_a_run_from_a_database_has_a_new_name_each_time(url, rows, score):
    fill(url, rows)
    for _ in range(2):
        assert "--run-id" in score(url, "--table", "rows").output
    assert ask(url, "SELECT count(*), count(DISTINCT request_id) FROM predictions") == [(80, 2)]


def test_a_killed_run_continues_and_neither_loses_nor_doubles(url, rows, model, score, tmp_path):
    many = pl.concat([rows] * 3_000)
    many.write_parquet(tmp_path / "in.parquet")
    options = ["--run-id", "one", "--reports", str(tmp_path / "reports"), "--model", str(model)]
    command = ["predict", str(tmp_path / "in.parquet"), url, *options]
    process = subprocess.Popen([*MAIN, *command])
    while not chunks(url):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (killed,) = ask(url, "SELECT count(*) FROM predictions")[0]
    assert 0 < killed < many.height
    assert score(tmp_path / "in.parquet", "--run-id", "one").exit_code == 0
    whole = 'SELECT count(*), count(DISTINCT "index"), max("index") FROM predictions'
    assert ask(url, whole) == [(many.height, many.height, many.height - 1)]
    assert set(answers(url)) == set(expected(rows, model))
    assert ask(url, "SELECT count(*) FROM runs WHERE complete") == [(1,)]


def chunks(url):
    """Return how many chunks of a run are in, as soon as there is a run."""
    try:
        return sum(number for (number,) in ask(url, "SELECT chunks FROM runs"))
    except sa.exc.SQLAlchemyError:  # the tables are not there yet
        return 0


@pytest.mark.usefixtures("small_chunks")
def test_a_run_that_continues_quarantines_each_bad_row_once(
    url, rows, score, tmp_path, monkeypatch
):
    bad = pl.col(KEY).is_in(["row 3", "row 15", "row 25", "row 37"])  # one in each chunk
    rows.with_columns(pl.when(~bad).then(KEY).alias(KEY)).write_parquet(tmp_path / "in.parquet")
    options = ("--run-id", "one", "--max-bad-share", 0.1)
    scored = []

    def stop(chunk, arms, contributions):
        scored.append(chunk.height)
        if len(scored) == 3:
            raise KeyboardInterrupt  # the bad row of the third chunk is in the file
        return predict(chunk, arms, contributions=contributions)

    monkeypatch.setattr(batch, "predict", stop)
    assert score(tmp_path / "in.parquet", *options).exit_code == 1
    assert ask(url, "SELECT count(*) FROM quarantined") == [(2,)]
    shutil.rmtree(tmp_path / "reports", ignore_errors=True)  # another machine continues the run
    assert "36 rows scored, 4 in quarantine" in score(tmp_path / "in.parquet", *options).output
    assert scored == [9] * 5
    aside = pl.read_csv(tmp_path / "reports/one.quarantine.csv")
    assert aside["stops"].to_list() == rows.filter(bad)["stops"].to_list()
    assert ask(url, "SELECT count(*) FROM predictions") == [(36,)]
    said = json.loads((tmp_path / "reports/one.report.json").read_text())
    assert (said["scored_now"], said["progress"]["scored"]) == (18, 36)


def test_a_bad_row_of_a_database_is_quarantined(url, rows, score, tmp_path):
    fill(url, rows.with_columns(pl.lit("").alias(KEY)).vstack(rows))
    result = score(url, "--table", "rows", "--run-id", "one", "--max-bad-share", 0.6)
    assert "40 rows scored, 40 in quarantine" in result.output
    aside = pl.read_csv(tmp_path / "reports/one.quarantine.csv")
    assert set(aside["broken_rule"]) == {f"{KEY}: str_matches('^.+$')"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "name what to read, either --table NAME or --query"),
        (["--table", "rows", "--query", "SELECT 1"], "name what to read, either --table NAME"),
        (["--table", "none"], "none"),
        (["--table", "empty"], "empty has no rows"),
        (["--table", "narrow"], "narrow lacks"),
        (["--query", "SELEC 1"], "syntax"),
        (["--query", "SELECT key FROM empty"], "the query lacks"),
    ],
)
def test_a_missing_table_or_column_is_reported_in_one_line(options, sentence, url, rows, score):
    fill(url, rows[:1], "empty")
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text("DELETE FROM empty"))
        connection.execute(sa.text("CREATE TABLE narrow (key text)"))
    said = score(url, *options)
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1
    assert ESCAPED not in said.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda url: url.replace(ESCAPED, "wrong%2Fsecret"), "password authentication failed"),
        (lambda url: url.replace("owner", "nobody"), "password authentication failed"),
        (lambda url: url.replace("127.0.0.1:", "127.0.0.1:1"), "port"),
        (lambda url: f"{url}_none", "does not exist"),
        (lambda url: url.replace(ESCAPED, PASSWORD), "the postgresql URL cannot be read"),
        (lambda url: url.replace(ESCAPED, "12/secret"), "password authentication failed"),
        (lambda url: url.replace(ESCAPED, "secret@word"), "the postgresql URL cannot be read"),
        (lambda url: url.replace(f":{ESCAPED}", "") + "?password=wrong-secret", "password"),
        (lambda url: f"{url}?no_such_option=1", "no_such_option"),
    ],
)
def test_a_server_that_lets_nobody_in_is_named_without_the_password(
    change, sentence, server, rows, run, tmp_path
):
    rows.write_parquet(tmp_path / "in.parquet")
    said = run("predict", tmp_path / "in.parquet", change(f"{server}/postgres"))
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1
    for secret in (ESCAPED, PASSWORD, "pass/", "word@42", "secret"):
        assert secret not in said.output


def test_a_driver_that_repeats_the_password_is_not_repeated():
    url = database.parse(f"postgresql://owner:{ESCAPED}@host/base")
    said = sa.exc.OperationalError("", None, ValueError(f"cannot log in with {PASSWORD}\nhint"))
    with (
        pytest.raises(InputError, match=r"cannot log in with \*\*\*: check"),
        database.reported(url),
    ):
        raise said


def test_an_sqlite_file_that_is_not_there_is_not_made(score, tmp_path):
    said = score(f"sqlite:///{tmp_path}/none.sqlite", "--table", "rows")
    assert f"{tmp_path}/none.sqlite does not exist" in said.output
    assert not (tmp_path / "none.sqlite").exists()


def test_a_database_that_may_not_be_written_is_named(server, rows, run, tmp_path):
    rows.write_parquet(tmp_path / "in.parquet")
    with database.open_engine(database.parse(f"{server}/postgres")).begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS reader")
        connection.exec_driver_sql("CREATE ROLE reader LOGIN PASSWORD 'reader-secret'")
    url = server.replace(f"owner:{ESCAPED}", "reader:reader-secret") + "/postgres"
    said = run("predict", tmp_path / "in.parquet", url)
    assert said.exit_code == 1
    assert "permission denied" in said.output
    assert "reader-secret" not in said.output
