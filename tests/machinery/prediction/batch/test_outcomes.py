"""Outcomes, which come late, in SQLite and in PostgreSQL."""

import sys
from pathlib import Path

import polars as pl
import pytest

from tiny.project import PROJECT

from ..conftest import ask


@pytest.fixture(autouse=True)
def in_a_project(monkeypatch):
    """Run in a folder whose params.yaml says what an outcome is."""
    monkeypatch.chdir(Path(sys.modules[PROJECT.params.__module__].__file__).parent)


def record(url, run, folder, *pairs):
    table = pl.DataFrame(pairs, schema={"key": pl.String, "target": pl.Float64}, orient="row")
    table.write_parquet(folder / "outcomes.parquet")
    result = run("outcomes", folder / "outcomes.parquet", "--log-url", url)
    assert result.exit_code == 0, result.output


def test_outcomes_come_late_and_are_corrected(url, run, tmp_path):
    record(url, run, tmp_path, ("a", 0.0), ("b", 1.0))
    before = dict(ask(url, "SELECT unit, time FROM outcomes"))
    record(url, run, tmp_path, ("a", 0.0), ("b", 0.0), ("c", 1.0))
    record(url, run, tmp_path, ("c", 1.0))
    assert ask(url, "SELECT unit, outcome FROM outcomes ORDER BY 1") == [
        ("a", 0.0),
        ("b", 0.0),
        ("c", 1.0),
    ]
    after = dict(ask(url, "SELECT unit, time FROM outcomes"))
    assert after["a"] == before["a"]
    assert after["b"] > before["b"]


def test_an_outcome_that_is_missing_records_nothing(url, run, tmp_path):
    (tmp_path / "outcomes.csv").write_text("key,target\na,1\nb,\n", encoding="utf-8")
    said = run("outcomes", tmp_path / "outcomes.csv", "--log-url", url)
    assert said.exit_code == 1
    assert "1 rows break a rule: target: not_nullable (1); the first has the key 'b'" in said.output
    assert ask(url, "SELECT count(*) FROM outcomes") == [(0,)]
