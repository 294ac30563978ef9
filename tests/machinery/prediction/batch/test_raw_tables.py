"""Rows are made from raw tables and scored: the same rows as in the pipeline, and future ones."""

import json
import shutil
from datetime import datetime, timedelta

import polars as pl
import pytest

from machinery.data.rows import from_folder
from machinery.data.table import TARGET
from machinery.params import load
from tiny.project import PROJECT

from ..conftest import PARAMS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project's folder with the raw table of parcels; every fourth one is still on its way."""
    shutil.copy(PARAMS, tmp_path)
    monkeypatch.chdir(tmp_path)
    numbers = range(200)
    parcels = pl.DataFrame(
        {
            "number": numbers,
            "sent": [datetime(2026, 3, 1) + timedelta(hours=7 * number) for number in numbers],
            "carrier": ["north", "south"] * 100,
            "weight": [float(number % 60) for number in numbers],  # some are too heavy to be rows
            "stops": [number % 40 for number in numbers],
            "days": [None if number % 4 == 0 else float(number % 7) for number in numbers],
        }
    )
    (tmp_path / "raw").mkdir()
    parcels.write_parquet(tmp_path / "raw/parcels.parquet")
    return tmp_path


def change(folder, change):
    """Change the raw table."""
    path = folder / "raw/parcels.parquet"
    change(pl.read_parquet(path)).write_parquet(path)


def pipeline(folder, run):
    """Return the rows that the pipeline makes of the raw table."""
    stages = [
        ("clean", "raw/parcels.parquet", "clean/parcels.parquet", "quarantine/parcels.parquet"),
        ("rows", "clean", "quarantine", "rows.parquet", "counts.json"),
    ]
    for stage in stages:
        result = run("stage", *stage)
        assert result.exit_code == 0, result.output
    return pl.read_parquet(folder / "rows.parquet")


def made(folder):
    """Return the rows that `predict --tables` scores."""
    aside = folder / "aside"
    return from_folder(
        PROJECT, folder / "raw", lambda name: aside / f"{name}.parquet", load(PROJECT.params)
    )


def test_the_rows_are_those_of_the_pipeline_and_the_future_ones(folder, run):
    wanted = pipeline(folder, run)
    rows = made(folder)
    assert rows.join(wanted, on="key", how="semi", maintain_order="left").equals(
        wanted.drop(TARGET)
    )
    future = rows.join(wanted, on="key", how="anti")
    assert {int(key[1:]) % 4 for key in future["key"]} == {0}
    assert rows.height == wanted.height + future.height == 200 - 27


def test_the_scores_are_those_of_the_pipelines_rows(folder, run):
    pipeline(folder, run)
    assert run("predict", "rows.parquet", "expected.parquet").exit_code == 0
    result = run("predict", "--tables", "raw", "scores.parquet")
    assert result.exit_code == 0, result.output
    assert "173 rows scored, 0 in quarantine: scores.parquet" in result.output
    expected, scores = pl.read_parquet("expected.parquet"), pl.read_parquet("scores.parquet")
    assert scores.join(expected, on="key", how="semi", maintain_order="left").equals(expected)
    assert not (folder / "scores.parquet.quarantine.parcels.parquet").exists()


@pytest.mark.parametrize(
    "unknown",
    [
        lambda parcels: parcels.drop("days"),
        lambda parcels: parcels.with_columns(days=pl.lit(None, pl.Float64)),
        lambda parcels: parcels.with_columns(days=pl.lit(None)),
    ],
    ids=["no column", "nulls", "nulls without a type"],
)
def test_a_table_without_any_outcome_gives_the_same_rows(unknown, folder):
    expected = made(folder)
    change(folder, unknown)
    assert made(folder).equals(expected)


def test_bad_raw_rows_are_quarantined_and_counted(folder, run):
    change(
        folder,
        lambda parcels: parcels.with_columns(
            carrier=pl.when(pl.col("number") == 5).then(pl.lit("NORTH")).otherwise("carrier")
        ),
    )
    result = run("predict", "--tables", "raw", "scores.parquet")
    assert result.exit_code == 0, result.output
    path = "scores.parquet.quarantine.parcels.parquet"
    assert f"1 raw rows in quarantine: {path}" in result.output
    assert pl.read_parquet(path)["number"].to_list() == [5]
    report = json.loads((folder / "scores.parquet.report.json").read_text())
    assert report["tables"] == {"parcels": {"quarantined": 1, "quarantine": path}}
    assert report["progress"]["scored"] == 172


def test_too_many_bad_raw_rows_stop_it(folder, run):
    change(folder, lambda parcels: parcels.with_columns(carrier=pl.lit("NORTH")))
    said = run("predict", "--tables", "raw", "scores.parquet")
    assert said.exit_code == 1
    assert "200 of 200 rows break a rule, more than max_bad_share = 0.01 allows" in said.output
    assert len(said.output.splitlines()) == 1
    assert not (folder / "scores.parquet").exists()


def test_the_same_call_again_is_the_same_run_and_other_tables_are_another(folder, run):
    command = ("predict", "--tables", "raw", "scores.parquet")
    assert run(*command).exit_code == 0
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert run(*command).exit_code == 0
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    change(folder, lambda parcels: parcels.head(9))
    said = run(*command)
    assert said.exit_code == 1
    assert "would be overwritten" in said.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--tables", "nowhere", "out.parquet"), "nowhere lacks parcels.parquet"),
        (("--tables", "raw", "in.parquet", "out.parquet"), "or --tables FOLDER and TARGET"),
        (("out.parquet",), "give SOURCE and TARGET, or --tables"),
        (("--tables", "raw", "--table", "x", "out.parquet"), "not to --tables"),
    ],
)
def test_a_contradictory_call_is_refused(arguments, sentence, folder, run):
    said = run("predict", *arguments)
    assert said.exit_code
    assert sentence in said.output
    assert not (folder / "out.parquet").exists()


def test_without_parameters_it_says_where_to_run_it(folder, run):
    (folder / "params.yaml").unlink()
    said = run("predict", "--tables", "raw", "out.parquet")
    assert said.exit_code == 1
    assert "params.yaml does not exist: run this in the project's folder" in said.output
