"""The tiny project's whole pipeline, by direct calls to its stages."""

import json
import re
import shutil
import subprocess
from contextlib import chdir
from pathlib import Path

import polars as pl

from machinery import stages
from machinery.model import evaluation
from machinery.model.registry.history import DIFFERENT
from tiny import sample as tiny_sample
from tiny.command import invoke


def test_every_stage_is_run_in_the_order_of_the_pipeline(sample: Path) -> None:
    assert list(tiny_sample.PIPELINE) == list(stages.STAGES)
    assert json.loads((sample / "reports/gate.json").read_text())["verdict"] == "accepted"


def test_the_parts_share_no_key_and_hold_every_row(sample: Path) -> None:
    parts = {
        part: set(pl.read_parquet(sample / f"data/split/{part}.parquet")["key"])
        for part in ("train", "validation", "test")
    }
    rows = pl.read_parquet(sample / "data/rows.parquet")["key"]
    assert sum(map(len, parts.values())) == rows.len() == len(set.union(*parts.values()))


def test_the_headline_metrics_are_those_of_the_evaluation(sample: Path) -> None:
    metrics = json.loads((sample / "reports/metrics.json").read_text())
    assert evaluation.read(sample / "reports/evaluation.json").overall.candidate.items() <= (
        metrics.items()
    )


def test_the_manifest_says_what_the_model_was_made_of(sample: Path) -> None:
    manifest = json.loads((sample / "models/candidate/manifest.json").read_text())
    assert manifest["environment"] == json.loads((sample / "data/environment.json").read_text())
    assert manifest["sources"] == json.loads((sample / "data/sources.json").read_text())
    assert manifest["data"].keys() == {"train.parquet", "validation.parquet"}
    assert manifest["sha256"] in (sample / "docs/model-card.md").read_text()


def test_the_same_inputs_give_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    again = tiny_sample.run(tmp_path / "again")
    for path in sample.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(sample)).read_bytes(), path


def test_regression_on_data_without_time_needs_parameters_alone(tmp_path: Path) -> None:
    by_key = {"group": "key", "validation": 0.2, "test": 0.2}
    changes = {"task": "regression", "threshold": None, "rows": {"promised_days": None}}
    limits = {"max_above_validation": 1.0, "max_below_in_slice": 1.0}
    folder = tiny_sample.run(tmp_path / "tiny", **changes, split=by_key, gate=limits)
    metrics = json.loads((folder / "reports/metrics.json").read_text())
    own = {"mae", "rmse", "r2", "interval_coverage"}
    assert own | {"rmse_minus_linear", "test", "validation"} == metrics.keys()
    assert own == metrics["validation"].keys()
    assert 0.8 < metrics["interval_coverage"] < 1
    assert "Models are compared first by rmse." in (folder / "docs/model-card.md").read_text()
    assert (folder / "reports/training/plots/metrics/validation/rmse.tsv").is_file()


def test_a_new_month_is_learned_and_history_says_that_its_metrics_are_of_other_rows(
    sample: Path, tmp_path: Path
) -> None:
    with chdir(shutil.copytree(sample, tmp_path / "tiny")):
        git("init", "--quiet")
        release("v1.0.0")
        first, trained_on = split_report(), training_keys()
        later = pl.col("number") + 1200, pl.col("sent").dt.offset_by("6mo")
        month = tiny_sample.parcels(200, seed=2)[:33].with_columns(later)
        table = pl.concat([tiny_sample.parcels(), month])
        table.write_parquet("data/external/parcels.parquet")
        tiny_sample.reproduce()
        release("v1.1.0")
        second = split_report()
        assert second["train"]["rows"] > first["train"]["rows"]
        assert second["test"]["last"] > first["test"]["last"]
        assert training_keys() > trained_on
        said = invoke("model", "history").stdout
    assert DIFFERENT in said
    lines = [re.split(" {2,}", line) for line in said.splitlines()]
    assert ["version", "v1.0.0", "v1.1.0"] in lines
    assert ["trained on", *(str(each["train"]["rows"]) for each in (first, second))] in lines
    tests = [each["test"] for each in (first, second)]
    said_of = [f"{test['rows']}, {test['first']} to {test['last']}" for test in tests]
    assert ["test rows", *said_of] in lines


def git(*arguments: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *who, *arguments], check=True)


def release(version: str) -> None:
    git("add", "reports")
    git("commit", "--quiet", "--message", version)
    git("tag", "--annotate", f"model@{version}", "--message", version)


def split_report() -> dict[str, dict[str, object]]:
    report: dict[str, dict[str, object]] = json.loads(Path("reports/split.json").read_text())
    return report


def training_keys() -> set[str]:
    return set(pl.read_parquet("data/split/train.parquet")["key"])
