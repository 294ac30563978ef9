"""The prediction log: database, spool, replay."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from machinery.errors import InputError
from machinery.prediction.log import prediction_log, replay, tables
from machinery.prediction.log.prediction_log import NotRecordedError, PredictionLog
from machinery.prediction.log.spool import Spool

from .conftest import wait


def row(request_id, **changes):
    known = {"request_id": request_id, "index": 0, "unit": "UA1", "arm": "champion"}
    known |= {"model_version": "v1", "score": 0.5, "decision": None, "shadow_version": None}
    known |= {"shadow_score": None, "contributions": None, "inputs": "{}"}
    return known | {"time": datetime.now(UTC)} | changes


def make(folder, **settings):
    return PredictionLog(
        f"sqlite:///{folder}/log.sqlite",
        folder / "spool",
        **{"keep_days": None, "required": True} | settings,
    )


def recorded(folder):
    engine = sa.create_engine(f"sqlite:///{folder}/log.sqlite", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        query = sa.text("SELECT request_id FROM predictions ORDER BY request_id")
        return [each[0] for each in connection.execute(query)]


def lose(log, monkeypatch):
    """Let the database be away until the returned function is called."""
    open_ = log._open
    monkeypatch.setattr(log, "_open", lambda: None)
    log._lose(sa.exc.OperationalError("", {}, Exception()))
    return lambda: monkeypatch.setattr(log, "_open", open_)


def files(folder):
    """Return the files of the spool, but for its lock."""
    return [path for path in (folder / "spool").iterdir() if path.name != "lock"]


def replayed(folder):
    """Start a log, and wait until it has replayed the spool."""
    log = make(folder)
    wait(lambda: log.spool.size() == 0)
    log.close()


def test_the_spool_is_replayed_as_soon_as_the_database_answers(tmp_path, monkeypatch):
    log = make(tmp_path)
    return_ = lose(log, monkeypatch)
    log.write([row("a"), row("a", index=1)])
    assert (log.where(), recorded(tmp_path)) == ("spool", [])
    return_()
    wait(lambda: recorded(tmp_path) == ["a", "a"] and log.spool.size() == 0)
    assert log.where() == "database"
    log.close()


def test_the_spool_is_replayed_at_the_next_start(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append([row("a")])
    spool.close()
    replayed(tmp_path)
    assert recorded(tmp_path) == ["a"]


def test_a_service_answers_while_what_it_found_in_its_spool_is_replayed(
    start, project, monkeypatch
):
    spool = Spool(project / "spool")
    spool.append([row("a")])
    spool.close()
    going_on, replay_ = threading.Event(), replay.replay
    monkeypatch.setattr(
        prediction_log, "replay", lambda *given: going_on.wait(20) and replay_(*given)
    )
    service = start()
    assert service.ask()[0] == 200
    assert "a" not in recorded(project)
    going_on.set()
    wait(lambda: "a" in recorded(project))


def test_a_replay_doubles_nothing(tmp_path):
    log = make(tmp_path)
    log.write([row("a")])
    log.spool.append([row("a"), row("b")])
    wait(lambda: recorded(tmp_path) == ["a", "b"])
    log.close()


def test_an_unfinished_line_is_skipped_and_earlier_lines_are_replayed(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append([row("a")])
    spool.close()
    (path,) = (tmp_path / "spool").glob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'[{"request_id": "b", "ind')
    replayed(tmp_path)
    assert recorded(tmp_path) == ["a"]
    assert files(tmp_path) == []


def test_a_batch_that_the_database_refuses_is_kept_and_blocks_nothing(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append([row("a", unit="a\0b"), row("b")])
    spool.append([row("c", unit=None), row("d")])
    spool.append([row("e", index=2**63), row("f")])
    spool.append([row("g")])
    spool.close()
    replayed(tmp_path)
    assert recorded(tmp_path) == ["a", "b", "f", "g"]  # SQLite takes a NUL, and PostgreSQL does not
    (path,) = files(tmp_path)
    assert path.suffix == ".refused"
    assert path.read_text().count("\n") == 2
    assert '"request_id":"c"' in path.read_text()


def test_a_spool_is_replayed_in_portions_and_one_bad_row_keeps_no_other_out(tmp_path, monkeypatch):
    spool, number = Spool(tmp_path / "spool"), 400
    for place in range(number):
        spool.append([row(f"{place:04}", score=None if place == 250 else 0.5)])
    spool.append([row("impossible", index=2**63)])
    spool.close()
    committed = []
    insert = replay.insert
    monkeypatch.setattr(
        replay, "insert", lambda *given: (committed.append(len(given[1])), insert(*given))
    )
    monkeypatch.setattr(replay, "PORTION", 2**14)
    replayed(tmp_path)
    assert len(recorded(tmp_path)) == number - 1
    assert len(committed) < number / 4
    (refused,) = [path for path in files(tmp_path) if path.suffix == ".refused"]
    assert len(refused.read_bytes().splitlines()) == 2


def test_a_spool_that_another_process_uses_is_refused(tmp_path):
    other = Spool(tmp_path / "spool")
    other.check()
    with pytest.raises(InputError, match="give each its own --spool"):
        make(tmp_path)
    other.close()
    make(tmp_path).close()


def test_a_spool_that_was_removed_is_made_again(tmp_path, monkeypatch):
    log = make(tmp_path)
    return_ = lose(log, monkeypatch)
    log.write([row("a")])
    shutil.rmtree(tmp_path / "spool")
    log.write([row("b")])
    assert log.where() == "spool"
    return_()
    wait(lambda: recorded(tmp_path) == ["b"])
    log.close()


def test_a_database_file_that_was_removed_is_made_again(tmp_path):
    log = make(tmp_path)
    log.write([row("a")])
    for path in tmp_path.glob("log.sqlite*"):
        path.unlink()
    log.write([row("b")])
    wait(lambda: log.where() == "database" and recorded(tmp_path) == ["b"])
    log.close()


def test_a_full_disk_leaves_no_empty_file_and_no_half_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    spool = Spool(tmp_path / "spool")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([row("a")])
    assert files(tmp_path) == []
    spool.append([row("b")])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            spool.append([row("c")])
    spool.append([row("d")])
    texts = sorted(path.read_text() for path in files(tmp_path))
    spool.close()
    assert [text.count("\n") for text in texts] == [1, 1]
    assert not any('"c"' in text for text in texts)


def test_a_locked_database_at_the_start_is_waited_for(tmp_path):
    make(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        log = make(tmp_path)
        log.write([row("a")])
        assert log.where() == "spool"
    wait(lambda: recorded(tmp_path) == ["a"])
    log.close()


def test_a_removed_table_is_made_again(tmp_path):
    log = make(tmp_path)
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as other:
        other.execute("DROP TABLE predictions")
    log.write([row("a")])
    wait(lambda: log.where() == "database" and recorded(tmp_path) == ["a"])
    log.close()


@pytest.mark.parametrize("required", [True, False])
def test_without_database_and_spool_there_is_no_answer_unless_the_option_allows_it(
    required, tmp_path, monkeypatch
):
    log = make(tmp_path, required=required)
    lose(log, monkeypatch)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log.spool, "append", full)
    if required:
        with pytest.raises(NotRecordedError):
            log.write([row("a")])
    else:
        log.write([row("a")])
    log.close()


def test_old_answers_are_removed_in_portions_and_recent_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "PORTION", 2)
    old = datetime.now(UTC) - timedelta(days=31)
    log = make(tmp_path)
    log.write([row("young"), *(row("old", index=index, time=old) for index in range(5))])
    log.close()
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as other:
        assert other.execute("SELECT count(*) FROM predictions").fetchone() == (6,)
    log = make(tmp_path, keep_days=30)
    wait(lambda: recorded(tmp_path) == ["young"])
    log.close()
