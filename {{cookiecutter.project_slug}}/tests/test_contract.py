"""Your code fits the machinery and dvc.yaml; a failure names the piece that does not."""

import subprocess
import sys
from pathlib import Path

import grimp
import polars as pl
import pytest
from ruamel.yaml import YAML

from {{cookiecutter.package_name}}.machinery.data.features import features
from {{cookiecutter.package_name}}.machinery.data.table import KEY, types
from {{cookiecutter.package_name}}.machinery.project import check
from {{cookiecutter.package_name}}.project import PROJECT

NAME, ROOT = PROJECT.package, Path(__file__).parents[1]
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
TABLES = [table.name for table in PROJECT.tables]
# Your functions that a stage calls, except those that clean the tables.
CALLED = {
    "rows": [PROJECT.rows, PROJECT.target],
    "features": [PROJECT.features],
    "train": [PROJECT.features, PROJECT.trainer()],
}
# They decide no number: DVC tracks the keys of params.yaml, and the runner only calls a stage.
WITHOUT_EFFECT = {f"{NAME}.params", f"{NAME}.project"}


@pytest.fixture(scope="module")
def rows():
    """The example of ROW, and copies in each of which a value is missing."""
    example, kinds = PROJECT.row.example, types(PROJECT.row)
    given = [example, {KEY: "other"}, *(example | {name: None} for name in example if name != KEY)]
    times = {name: pl.String for name, kind in kinds.items() if kind.is_temporal()}
    table = pl.DataFrame(given, schema=kinds | times, strict=False)
    utc = pl.col(list(times)).str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)
    return table.with_columns(utc).select(pl.col(name).cast(kind) for name, kind in kinds.items())


def yours(modules):
    """Return the files of these modules and of all that they import, machinery left out."""
    graph = grimp.build_graph(NAME, cache_dir=None)
    found = set(modules).union(*map(graph.find_upstream_modules, modules)) - WITHOUT_EFFECT
    paths = {name: name.removeprefix(f"{NAME}.").replace(".", "/") for name in found}
    return {
        "${src}/" + f"{path}.py"
        for name, path in paths.items()
        if not path.startswith("machinery") and not graph.find_children(name)
    }


def test_the_project_has_all_its_pieces():
    check(PROJECT)


def test_every_table_is_cleaned_and_no_other():
    assert sorted(STAGES["clean"]["matrix"]["table"]) == sorted(TABLES)


@pytest.mark.parametrize("stage", CALLED)
def test_a_stage_depends_on_your_modules_that_it_runs(stage):
    assert yours(function.__module__ for function in CALLED[stage]) <= {*STAGES[stage]["deps"]}


@pytest.mark.parametrize("table", TABLES)
def test_cleaning_a_table_depends_on_its_module(table):
    declared = {path.replace("${item.table}", table) for path in STAGES["clean"]["deps"]}
    assert yours([PROJECT.cleaner(table).__module__]) <= declared


def test_only_evaluate_and_gate_read_the_test_part():
    readers = {name for name, stage in STAGES.items() if "data/split/test.parquet" in stage["deps"]}
    assert readers == {"evaluate", "gate"}


def test_one_row_has_the_features_that_it_has_in_a_table(rows):
    alone = pl.concat([features(PROJECT, row) for row in rows.iter_slices(1)])
    assert alone.equals(features(PROJECT, rows))


def test_the_example_has_no_feature_that_is_infinite_or_not_a_number(rows):
    numbers = features(PROJECT, rows[:1]).select(pl.col(pl.Float32, pl.Float64))
    assert all(number is None or abs(number) < float("inf") for number in numbers.row(0))


def test_a_service_runs_without_what_trains():
    absent = dict.fromkeys(["dvc", "dvclive", "gto", "sklearn", "threadpoolctl"])
    code = (
        f"import sys; sys.modules.update({absent})\n"  # as in the image, which has none of them
        f"import {NAME}.project, {NAME}.machinery.prediction.service.server\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{NAME}.{PROJECT.train.partition(':')[0]}" not in done.stdout.split()
