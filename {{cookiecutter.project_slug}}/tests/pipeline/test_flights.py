"""The results of the pipeline on the flights of the sample."""

import json
import sys

import polars as pl

import {{cookiecutter.package_name}} as package

from .conftest import run


def test_the_model_beats_a_constant(project):
    evaluation = json.loads((project / "reports" / "evaluation.json").read_text())
    difference = evaluation["slices"]["overall"]["difference_to"]["constant"]["roc_auc"]
    assert difference["low"] > 0


def test_quarantined_rows_are_counted_with_their_rule(project):
    report = json.loads((project / "reports" / "data.json").read_text())
    assert report["tables"]["weather"]["quarantined"] == {"wind_speed: in_range(0, 200)": 1}
    assert pl.read_parquet(project / "data/quarantine/weather.parquet")["wind_speed"].item() > 1000


def test_the_manifest_names_the_three_tables(project):
    manifest = json.loads((project / "models/candidate/manifest.json").read_text())
    assert manifest["sources"].keys() == {"flights", "weather", "planes"}


def test_the_model_scores_flights_from_a_file(project, tmp_path):
    paths = project / "data/rows.parquet", tmp_path / "scores.parquet"
    command = [sys.executable, "-m", f"{package.__name__}.project", "predict", *paths]
    done = run(*command, "--model", "models/candidate", cwd=project)
    assert done.returncode == 0, done.stderr
    rows, scores = map(pl.read_parquet, paths)
    assert scores["key"].to_list() == rows["key"].to_list()
    assert scores["score"].is_between(0, 1).all()
