"""Rows are written to the database, and a request that holds only a key is answered from there."""

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from machinery import database
from machinery.data.table import measured
from machinery.prediction.log import upcoming_rows
from tiny.project import PROJECT

from ..conftest import EXAMPLE, PARAMS, command

JSON = {"Content-Type": "application/json"}
UPCOMING = [f"P{number}" for number in range(0, 80, 4)]


@pytest.fixture
def folder(project, monkeypatch):
    """The folder of the service, with the raw table: every fourth parcel is still on its way."""
    shutil.copy(PARAMS, project)
    monkeypatch.chdir(project)
    numbers = range(80)
    (project / "raw").mkdir()
    pl.DataFrame(
        {
            "number": numbers,
            "sent": [datetime(2026, 3, 1) + timedelta(hours=7.3 * number) for number in numbers],
            "carrier": ["north", "south"] * 40,
            "weight": [None if number == 8 else number / 3 for number in numbers],
            "stops": [number % 40 for number in numbers],
            "days": [None if number % 4 == 0 else float(number % 7) for number in numbers],
        }
    ).write_parquet(project / "raw/parcels.parquet")
    return project


@pytest.fixture
def write(url, folder):
    """Write the rows to the database."""
    return lambda *options: command("rows", "--tables", folder / "raw", url, *options)


def change(folder, **columns):
    """Change the raw table."""
    path = folder / "raw/parcels.parquet"
    pl.read_parquet(path).with_columns(**columns).write_parquet(path)


def stored(url):
    """Return the stored rows by key."""
    with database.open_engine(database.parse(url)).connect() as connection:
        return upcoming_rows.find(connection, UPCOMING)


def execute(url, statement):
    with database.open_engine(database.parse(url)).begin() as connection:
        connection.execute(sa.text(statement))


def select(url, statement):
    with database.open_engine(database.parse(url)).begin() as connection:
        return connection.scalar(sa.text(statement))


def ask(service, *instances):
    """Return the status and answer of a request for instances; a text is a key alone."""
    rows = [{"key": each} if isinstance(each, str) else each for each in instances]
    status, _, text = service.send("POST", "/predict", json.dumps({"instances": rows}), JSON)
    return status, json.loads(text)


def test_the_service_answers_a_key_with_the_score_of_batch(url, start, write):
    result = write()
    assert result.exit_code == 0, result.output
    assert "20 rows written, 0 old ones removed" in result.output
    expected = command(
        "predict", "--tables", "raw", "--upcoming", "scores.parquet", "--rollout", "rollout.yaml"
    )
    assert expected.exit_code == 0, expected.output
    status, answer = ask(start(url=url), *UPCOMING)
    assert status == 200
    assert answer["predictions"] == pl.read_parquet("scores.parquet").to_dicts()
    recorded = select(url, "SELECT inputs FROM predictions WHERE unit = 'P4'")
    inputs = recorded if isinstance(recorded, dict) else json.loads(recorded)
    assert inputs == json.loads(stored(url)["P4"][0])


def test_a_second_run_replaces_the_rows_and_doubles_none(url, write, folder):
    write()
    first = stored(url)
    change(folder, stops=pl.col("stops") + 1)
    assert "20 rows written" in write().output
    second = stored(url)
    assert first.keys() == second.keys() == {*UPCOMING}
    for key in UPCOMING:
        before, after = (json.loads(inputs) for inputs, _ in (first[key], second[key]))
        assert after == before | {"stops": before["stops"] + 1}
        assert first[key][1] < second[key][1]


def test_an_older_row_never_replaces_a_newer_one(url, write):
    write()
    newer = stored(url)
    engine = database.open_engine(database.parse(url))
    with engine.begin() as connection:
        row = pl.DataFrame({"unit": ["P4"], "inputs": ["{}"]})
        upcoming_rows.write(connection, row, newer["P4"][1] - timedelta(seconds=1))
    assert stored(url) == newer


def test_rows_that_were_written_long_ago_are_removed(url, write, folder):
    write()
    change(folder, days=pl.lit(1.0))  # all have arrived
    execute(url, "UPDATE upcoming_rows SET written = '2026-01-01' WHERE unit = 'P4'")
    assert "0 rows written, 1 old ones removed" in write("--keep-days", 1).output
    assert stored(url).keys() == {*UPCOMING} - {"P4"}


def test_rows_that_break_a_rule_of_a_request_are_put_aside(url, write, folder, monkeypatch):
    few = measured(0, 20, "on its way", kind=pl.Int64)
    monkeypatch.setitem(PROJECT.row.columns, "stops", few)
    result = write()
    assert result.exit_code == 1
    assert "8 of 20 rows break a rule, more than --max-bad-share 0.01 allows" in result.output
    assert stored(url) == {}
    assert "12 rows written" in write("--max-bad-share", 0.5).output
    aside = pl.read_csv(folder / "runs/rows.quarantine.csv")
    assert {*aside["key"]} | stored(url).keys() == {*UPCOMING}
    assert aside["broken_rule"][0] == "stops: in_range(0, 20)"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("rows", "--tables", "nowhere", "sqlite:///x"), "nowhere lacks parcels.parquet"),
        (
            ("rows", "--tables", "raw", "x.sqlite"),
            "is not a database: give its URL, as sqlite:///x.sqlite",
        ),
        (("rows", "sqlite:///x"), "Missing option '--tables'"),
        (("predict", "raw", "x", "--upcoming"), "--upcoming belongs to --tables"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_call_that_cannot_work_is_refused(arguments, sentence):
    result = command(*arguments)
    assert result.exit_code
    assert sentence in result.output


def test_an_unknown_key_is_named_with_what_to_do(url, start, write):
    write()
    status, problem = ask(start(url=url), "P4", "P5")
    assert status == 404
    assert "instances[1].key: the stored row of 'P5' does not exist" in problem["detail"]
    assert "`rows --tables FOLDER DATABASE` writes it; or send the whole row" in problem["detail"]
    assert problem["errors"][0]["pointer"] == "#/instances/1/key"


def set_age(url, hours):
    written = datetime.now(UTC) - timedelta(hours=hours)
    execute(url, f"UPDATE upcoming_rows SET written = '{written}'")


def test_an_old_row_is_refused_with_its_age_and_the_limit(url, start, write):
    write()
    service = start(url=url, max_row_minutes=90)
    set_age(url, hours=1)
    assert ask(service, "P4")[0] == 200
    set_age(url, hours=2)
    status, problem = ask(service, "P4")
    assert status == 409
    for part in ("'P4'", "120 minutes old", "(MAX_ROW_MINUTES) is 90", "`rows --tables"):
        assert part in problem["detail"]


def test_a_row_that_other_code_wrote_is_refused(url, start, write):
    write()
    execute(url, 'UPDATE upcoming_rows SET inputs = \'{"key": "P4", "parcel": 1}\'')
    status, problem = ask(start(url=url), "P4")
    assert status == 409
    assert "was written by other code (sent: Field required)" in problem["detail"]


def test_whole_rows_and_keys_may_share_a_request(url, start, write):
    write()
    status, answer = ask(start(url=url), EXAMPLE | {"key": "mine"}, "P4", "P8")
    assert status == 200
    assert [each["key"] for each in answer["predictions"]] == ["mine", "P4", "P8"]


def test_a_fault_next_to_a_key_is_named_at_its_place(url, start):
    service = start(url=url)
    status, problem = ask(service, "P4", EXAMPLE | {"stops": "many"})
    assert status == 422
    assert problem["errors"][0]["pointer"] == "#/instances/1/stops"
    assert "instances[1].stops: " in problem["detail"]
    assert ask(service, {"key": 4})[1]["errors"][0]["pointer"] == "#/instances/0/key"


def test_requests_that_arrive_together_share_a_query(url, start, write, monkeypatch):
    write()
    service, find, sizes = start(url=url), upcoming_rows.find, []

    def slow(connection, keys):
        sizes.append(len(keys))
        threading.Event().wait(0.2)
        return find(connection, keys)

    monkeypatch.setattr("machinery.prediction.service.stored_rows.find", slow)
    statuses = []
    threads = [
        threading.Thread(target=lambda key=key: statuses.append(ask(service, key)[0]))
        for key in UPCOMING
    ]
    for thread in threads:
        thread.start()
    assert service.get("/health/live")[0] == 200  # the event loop does not wait
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20
    assert sum(sizes) == 20
    assert len(sizes) < 10


@pytest.mark.parametrize("noticed", [True, False])
def test_while_the_database_is_down_whole_rows_are_answered_and_keys_get_a_503(
    noticed, start, monkeypatch
):
    service = start()
    log = service.service.log
    monkeypatch.setattr(log, "_open", lambda: None)
    if noticed:
        log._lose(sa.exc.OperationalError("", {}, Exception()))
    else:
        nobody = database.parse("postgresql://nobody@127.0.0.1:1/none")
        monkeypatch.setattr(log, "_engine", database.open_engine(nobody))
    status, problem = ask(service, "P4")
    assert status == 503
    assert "try again later, or send the whole row" in problem["detail"]
    assert ask(service, EXAMPLE)[0] == 200


def test_a_lost_connection_is_opened_again(url, start, write):
    write()
    service = start(url=url)
    assert ask(service, "P4")[0] == 200
    stored = service.service.stored
    service.service.reading.thread.submit(stored._connection.close).result()
    assert ask(service, "P4")[0] == 200


def test_a_database_without_the_table_knows_no_key_until_it_is_written(url, start, write):
    service = start(url=url)
    execute(url, "DROP TABLE upcoming_rows")
    assert ask(service, "P4")[0] == 404
    assert write().exit_code == 0
    assert ask(service, "P4")[0] == 200
