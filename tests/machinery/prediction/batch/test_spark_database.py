"""PostgreSQL and the workers of Spark, as far as that needs no Spark."""

import polars as pl
import pytest
import sqlalchemy as sa

from machinery import database
from machinery.data.border import convert
from machinery.data.table import KEY
from machinery.errors import InputError
from machinery.prediction.arms import alone
from machinery.prediction.batch.batch import answer
from machinery.prediction.batch.database_target import database_target
from machinery.prediction.batch.run import Progress, plan_run
from machinery.prediction.batch.source import no_unfit
from machinery.prediction.spark.postgresql import Database, snapshot
from tiny.project import PROJECT

from ..conftest import NUMBER, ask
from .test_database import fill

postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
COUNT = "SELECT count(*), count(DISTINCT unit) FROM predictions"


@pytest.fixture
def attempt(url, model):
    """Begin an attempt at the same run."""
    run = plan_run("rows", None, alone(PROJECT, model), contributions=0, run_id="one")
    run.plan["engine"] = "spark"

    def begun():
        made = Database(database_target(database.parse(url)), url, run)
        return made, made.begin()

    return begun


@pytest.fixture
def answered(rows, model):
    """Return good rows, answers and bad rows of ten rows, two of which are bad."""
    broken = rows[:10].with_columns(
        pl.when(pl.int_range(pl.len()) < 2).then(-1).otherwise(NUMBER).alias(NUMBER)
    )
    return answer(broken, no_unfit(PROJECT.row), alone(PROJECT, model), contributions=0)


@postgresql
def test_a_partition_that_is_written_twice_is_there_once(url, attempt, answered):
    made, _ = attempt()
    for partition in (0, 1, 1):
        made.records.write(partition, [answered])
    assert ask(url, COUNT) == [(16, 8)]
    assert made.written() == 16
    assert ask(url, "SELECT chunk FROM quarantined ORDER BY chunk") == [(0,), (1,)]


@postgresql
def test_a_partition_that_fails_leaves_nothing(url, attempt, answered):
    made, _ = attempt()

    def fails():
        yield answered
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        made.records.write(0, fails())
    assert ask(url, COUNT) == [(0, 0)]


@postgresql
def test_the_next_attempt_removes_what_is_there_and_holds_off_the_one_before(
    url, attempt, answered
):
    first, _ = attempt()
    first.records.write(0, [answered])
    second, progress = attempt()
    assert progress == Progress()
    assert ask(url, COUNT) == [(0, 0)]
    with pytest.raises(InputError, match="run one was begun again by another process"):
        first.records.write(0, [answered])
    second.records.write(0, [answered])
    # After the end, `chunks` counts chunks, here as many as the first attempt had the number.
    done = Progress(chunks=1, scored=8, quarantined=2, complete=True)
    with pytest.raises(InputError, match="another process writes run one"):
        first.finish({"progress": done.model_dump()})
    second.finish({"progress": done.model_dump()})
    with pytest.raises(InputError, match="run one was begun again by another process"):
        first.records.write(1, [answered])
    assert attempt()[1] == done
    assert ask(url, COUNT) == [(8, 8)]


@postgresql
def test_one_process_does_not_continue_a_run_of_spark(url, attempt, run, model, tmp_path, rows):
    attempt()
    rows.write_parquet(tmp_path / "rows.parquet")
    result = run("predict", tmp_path / "rows.parquet", url, "--model", model, "--run-id", "one")
    assert result.exit_code == 1
    assert "run one was begun with another source, engine: give another --run-id" in result.output


@postgresql
def test_the_parts_of_a_snapshot_are_the_table_at_its_moment(url, rows):
    fill(url, rows)
    with snapshot(url, PROJECT.row, 3, table="rows", query="") as (found, number):
        with database.open_engine(database.parse(url)).begin() as connection:
            connection.execute(sa.text("DELETE FROM rows"))
        parts = [list(found.chunks(part)) for part in range(3)]
    assert number == rows.height
    assert all(parts)
    made, _ = convert(pl.concat(chunk for chunks in parts for chunk in chunks), PROJECT.row)
    assert made.sort(KEY).equals(rows.sort(KEY))


@postgresql
def test_a_query_is_counted_in_the_time_zone_in_which_it_is_read(url, rows):
    fill(url, rows)
    zoned = f"{url}?options=-c%20timezone%3DAsia/Tokyo"
    query = "SELECT * FROM rows WHERE current_setting('timezone') = 'UTC'"
    with snapshot(zoned, PROJECT.row, 1, table="", query=query) as (found, number):
        assert sum(chunk.height for chunk in found.chunks(0)) == number == rows.height


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("url", ["sqlite:///log.sqlite", "mysql+pymysql://host/log"])
def test_only_postgresql_takes_many_workers_at_once(place, url, run):
    paths = ["rows", "out"]
    paths[place] = url
    result = run("predict", *paths, "--engine", "spark")
    assert result.exit_code == 1
    assert f"{url}: --engine spark knows PostgreSQL and folders of Parquet" in result.output
