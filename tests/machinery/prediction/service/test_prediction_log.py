"""The prediction log: database, spool, replay."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

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


def test_the_spool_is_replayed_as_soon_as_the_database_answers(tmp_path, monkeypatch):
    log = make(tmp_path)
    return_ = lose(log, monkeypatch)
    log.write([row("a"), row("a", index=1)])
    assert (log.where(), recorded(tmp_path)) == ("spool", [])
    return_()
    wait(lambda: recorded(tmp_path) == ["a", "a"])
    assert (log.where(), log.spool.size()) == ("database", 0)
    log.close()


def test_the_spool_is_replayed_at_the_next_start(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append([row("a")])
    spool.close()
    make(tmp_path).close()
    assert recorded(tmp_path) == ["a"]


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
    make(tmp_path).close()
    assert recorded(tmp_path) == ["a"]
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_batch_that_the_database_refuses_is_kept_and_blocks_nothing(tmp_path):
    spool = Spool(tmp_path / "spool")
    spool.append([row("a", unit=None)])
    spool.append([row("b")])
    spool.close()
    make(tmp_path).close()
    assert recorded(tmp_path) == ["b"]
    (path,) = (tmp_path / "spool").iterdir()
    assert path.suffix == ".refused"
    assert '"request_id":"a"' in path.read_text()


def test_a_file_that_another_process_writes_is_left_alone(tmp_path):
    other = Spool(tmp_path / "spool")
    other.append([row("a")])
    make(tmp_path).close()
    assert recorded(tmp_path) == []
    other.close()
    make(tmp_path).close()
    assert recorded(tmp_path) == ["a"]


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


def test_old_answers_are_removed_and_recent_ones_stay(tmp_path):
    old = datetime.now(UTC) - timedelta(days=31)
    log = make(tmp_path, keep_days=30)
    log.write([row("young"), row("old", time=old)])
    log._forget(datetime.now(UTC) - timedelta(days=30))
    assert recorded(tmp_path) == ["young"]
    log.close()
