"""The best release, and features that its own code makes of today's tables."""

import json
from pathlib import Path

import polars as pl
import pytest

from machinery.errors import InputError
from machinery.model.registry import state
from machinery.model.registry.best import best
from machinery.model.registry.remade import remade

from .conftest import git

MAKE = """import sys
import polars as pl
from scale import SCALE
table = pl.read_parquet("data/external/flights.parquet")
table.with_columns(hour=pl.col("hour") * SCALE).write_parquet(sys.argv[1])
"""
LOCK = {
    "clean@flights": {"cmd": "python make.py data/clean.parquet", "deps": [], "outs": []},
    "features": {
        "cmd": "python make.py data/features.parquet",
        "deps": [],
        "outs": [{"path": "data/features.parquet"}],
    },
}


def release(version, scale, margin, name="roc_auc", code=MAKE):
    """Commit and tag a version whose code multiplies by `scale`, with its margin."""
    Path("src/scale.py").write_text(f"SCALE = {scale}\n")
    Path("make.py").write_text(code)
    stages = {
        stage: each | {"deps": [{"path": "src/scale.py", "md5": str(scale)}]}
        for stage, each in LOCK.items()
    }
    Path("dvc.lock").write_text(json.dumps({"stages": stages}))
    Path("reports/metrics.json").write_text(
        json.dumps({name: 0.7, f"{name}_minus_linear": {"value": margin, "low": 0, "high": 0}})
    )
    git("add", ".")
    git("commit", "--quiet", "--message", version)
    git("tag", "--annotate", "--message", version, f"model@{version}")


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    """A repository with a project in a folder of it, and one table."""
    folder = tmp_path / "top/project"
    for each in ("src", "reports", "data/external", ".dvc"):
        (folder / each).mkdir(parents=True)
    monkeypatch.chdir(folder)
    git("init", "--quiet", "..")
    Path(".dvc/config").write_text("[core]\n")
    Path(".gitignore").write_text("*.parquet\n__pycache__/\n")
    Path("data/external/flights.parquet.dvc").write_text("outs:\n- path: flights.parquet\n")
    pl.DataFrame({"key": ["a", "b"], "hour": [1, 2]}).write_parquet("data/external/flights.parquet")
    return folder


def test_the_best_release_has_the_largest_margin_over_its_own_baseline():
    release("v1.0.0", 1, 0.02)
    release("v1.1.0", 1, 0.05)
    release("v1.2.0", 1, 0.01)
    assert best(state.read()) == "v1.1.0"


def test_of_errors_the_lowest_margin_is_the_best_and_other_metrics_do_not_count():
    release("v1.0.0", 1, 0.9, name="roc_auc")
    release("v1.1.0", 1, -3.0, name="rmse")
    release("v1.2.0", 1, -1.0, name="rmse")
    assert best(state.read()) == "v1.1.0"


def test_a_version_makes_its_features_of_todays_tables_where_its_code_has_changed():
    release("v1.0.0", 10, 0.02)
    release("v1.1.0", 1, 0.02)
    assert remade(state.read(), "v1.1.0") is None
    made = remade(state.read(), "v1.0.0")
    assert made["hour"].to_list() == [10, 20]
    assert not Path("data/features.parquet").exists()  # nothing here was touched


def test_a_version_whose_code_fails_on_todays_tables_is_named_with_the_reason():
    release("v1.0.0", 10, 0.02, code="raise SystemExit('error: no column dewp')")
    release("v1.1.0", 1, 0.02)
    with pytest.raises(InputError, match=r"clean@flights of v1\.0\.0 fails .*: error: no column"):
        remade(state.read(), "v1.0.0")
