"""Shards of Parquet files: each is a run of its own, and together they are the whole."""

from itertools import pairwise

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from machinery.data.table import KEY
from machinery.prediction.arms import alone
from machinery.prediction.batch import source
from machinery.prediction.batch.shard import Shard, parse
from machinery.prediction.predict import predict
from tiny.project import PROJECT

from ..conftest import NUMBER
from .test_database import fill

SHARDS = [f"{number}/11" for number in range(1, 12)]


@pytest.fixture
def parts(rows, tmp_path, monkeypatch):
    """A folder of three files, one of which has another type; chunks have three rows."""
    monkeypatch.setattr(source, "CHUNK", 3)
    folder = tmp_path / "parts"
    folder.mkdir()
    rows[:15].write_parquet(folder / "1.parquet")
    rows[15:15].write_parquet(folder / "2.parquet")
    rows[15:].with_columns(pl.col(NUMBER).cast(pl.Int32)).write_parquet(folder / "3.parquet")
    return folder


@given(st.integers(0, 10**9), st.integers(1, 50))
def test_shards_follow_each_other_and_are_about_equal(rows, count):
    places = [Shard(number, count).place(rows) for number in range(1, count + 1)]
    assert places[0][0] == 0
    ends = [first + length for first, length in places]
    assert ends == [first for first, _ in places[1:]] + [rows]
    lengths = [length for _, length in places]
    assert max(lengths) - min(lengths) <= 1


def test_all_shards_in_the_order_of_their_names_are_the_whole(rows, model, parts, tmp_path, run):
    for shard in reversed(SHARDS):
        result = run("predict", parts, f"{tmp_path}/out/", "--shard", shard)
        assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "out").glob("*.parquet"))
    assert len(files) == len(SHARDS)
    whole = pl.concat([pl.read_parquet(file) for file in files])
    assert whole.equals(predict(rows, alone(PROJECT, model)))


def test_a_shard_that_is_repeated_is_the_same_run(parts, tmp_path, run):
    command = ("predict", parts, f"{tmp_path}/out/", "--run-id", "monday", "--shard", "2/11")
    assert run(*command).exit_code == 0
    file = tmp_path / "out/monday-02-of-11.parquet"
    before = file.stat()
    assert run(*command).exit_code == 0
    assert file.stat() == before


def test_shards_in_a_database_answer_every_row_once(rows, parts, tmp_path, run):
    url = f"sqlite:///{tmp_path}/log.sqlite"
    for shard in [*SHARDS, SHARDS[3]]:
        command = ("predict", parts, url, "--shard", shard, "--reports", tmp_path / "runs")
        assert run(*command).exit_code == 0
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        units = connection.execute(sa.text("SELECT unit FROM predictions")).scalars().all()
    assert sorted(units) == sorted(rows[KEY])


def test_ranges_of_keys_of_a_database_are_together_the_whole(rows, model, tmp_path, run):
    url = f"sqlite:///{tmp_path}/rows.sqlite"
    fill(url, rows)
    edges = ["", "row 15", "row 27", "row 4", "~"]
    for low, high in pairwise(edges):
        query = f"SELECT * FROM rows WHERE key >= '{low}' AND key < '{high}'"
        command = ("predict", url, f"{tmp_path}/out/", "--query", query)
        result = run(*command, "--run-id", f"from-{low[4:] or 0}")
        assert result.exit_code == 0, result.output
    found = pl.read_parquet(tmp_path / "out/*.parquet").sort("key")
    assert found.equals(predict(rows, alone(PROJECT, model)).sort("key"))


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", " 1/3"])
def test_what_is_no_shard_is_refused(text, parts, tmp_path, run):
    result = run("predict", parts, tmp_path / "out.parquet", "--shard", text)
    assert result.exit_code == 1
    assert f"--shard {text!r} names no part: give its number and how many" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["in.csv", "out.parquet"], "--shard needs Parquet"),
        (["sqlite:///in.sqlite", "out.parquet", "--table", "t"], "give a range of keys"),
        (["--tables", "parts", "out.parquet"], "make the rows of --tables first"),
    ],
)
def test_a_shard_of_other_sources_is_refused(arguments, sentence, rows, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows.write_csv("in.csv")
    result = run("predict", *arguments, "--shard", "1/2")
    assert result.exit_code == 1
    assert sentence in result.output
    assert not (tmp_path / "out.parquet").exists()


def test_more_shards_than_rows_are_refused(parts, tmp_path, run):
    result = run("predict", parts, tmp_path / "out.parquet", "--shard", "1/41")
    assert result.exit_code == 1
    assert "has fewer rows than shards: shard 1/41 has none" in result.output


def test_no_text_is_no_shard():
    assert parse("") is None
