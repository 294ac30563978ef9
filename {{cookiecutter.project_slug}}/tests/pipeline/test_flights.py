"""What the pipeline makes of the flights of the sample."""

import json
import shutil
import sys

import polars as pl
from ruamel.yaml import YAML

import {{cookiecutter.package_name}} as package

from .conftest import run

NAME = package.__name__


def test_the_pipeline_measures_a_model_that_beats_a_constant(project):
    evaluation = json.loads((project / "reports" / "evaluation.json").read_text())
    assert evaluation["overall"]["difference_to"]["constant"]["roc_auc"]["low"] > 0


def test_quarantined_rows_are_counted_with_their_rule(project):
    report = json.loads((project / "reports" / "data.json").read_text())
    assert report["weather"]["quarantined"] == {"wind_speed: in_range(0, 200)": 1}
    assert pl.read_parquet(project / "data/quarantine/weather.parquet")["wind_speed"].item() > 1000


def test_the_manifest_names_the_three_tables(project):
    manifest = json.loads((project / "models/candidate/manifest.json").read_text())
    assert manifest["sources"].keys() == {"flights", "weather", "planes"}


def test_a_broken_table_stops_the_pipeline_in_one_line_and_writes_nothing(project, tmp_path):
    broken = shutil.copytree(project, tmp_path / "broken")
    table = broken / "data/external/planes.parquet"
    pl.read_parquet(table).drop("seats").write_parquet(table)
    stage = [sys.executable, "-m", f"{NAME}.data.planes"]
    result = run(*stage, table, "clean.parquet", "bad.parquet", cwd=broken)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"error: {table} lacks seats; it has tailnum, year, type, manufacturer, model, engines,"
        " speed, engine: rename or add the columns, or change data/schema.py"
    ]
    assert not (broken / "clean.parquet").exists()


def test_regression_on_data_without_time_needs_parameters_alone(project, tmp_path):
    other = shutil.copytree(project, tmp_path / "regression")
    changes = {
        "examples.late_after": "null",
        "train.problem": "regression",
        "split": "{by: hash, column: key, validation_share: 0.2, sealed_share: 0.2}",
    }
    parameters = YAML().load(other / "params.yaml")
    for name, value in changes.items():
        *sections, last = name.split(".")
        (parameters[sections[0]] if sections else parameters)[last] = YAML(typ="safe").load(value)
    YAML().dump(parameters, other / "params.yaml")
    done = run(sys.executable, "-m", "dvc", "repro", cwd=other)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((other / "reports" / "metrics.json").read_text())
    own = {"mae", "rmse", "r2", "interval_coverage"}
    assert own | {"rmse_minus_linear", "validation"} == metrics.keys()
    assert own == metrics["validation"].keys()
    assert 0.8 < metrics["interval_coverage"] < 1
    assert "Models are compared first by rmse." in (other / "docs/model-card.md").read_text()
    assert (other / "reports/training/plots/metrics/validation/rmse.tsv").is_file()
