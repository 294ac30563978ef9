"""The whole pipeline on the sample: what dvc.yaml wires, and what the stages leave behind."""

import json
import sys
from pathlib import Path

import grimp
import polars as pl
import pytest
from ruamel.yaml import YAML

import {{cookiecutter.package_name}} as package

from .conftest import ROOT, run

NAME = package.__name__
STAGES = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
# The root modules that decide no number: what params.yaml holds is a dependency by its keys.
WITHOUT_EFFECT = {f"{NAME}.params", f"{NAME}.stage"}


def test_the_headline_metrics_are_those_of_the_evaluation(project):
    metrics = json.loads((project / "reports" / "metrics.json").read_text())
    overall = json.loads((project / "reports" / "evaluation.json").read_text())["overall"]
    model = {name: metric["value"] for name, metric in overall["models"]["model"].items()}
    assert model.items() <= metrics.items()


def test_the_parts_share_no_key_and_hold_every_example(project):
    parts = {
        part: set(pl.read_parquet(project / f"data/split/{part}.parquet")["key"])
        for part in ("train", "validation", "sealed")
    }
    examples = pl.read_parquet(project / "data/examples.parquet")["key"]
    assert sum(map(len, parts.values())) == examples.len() == len(set.union(*parts.values()))


def test_the_manifest_says_what_the_model_was_made_of(project):
    manifest = json.loads((project / "models/candidate/manifest.json").read_text())
    environment = json.loads((project / "data/environment.json").read_text())
    assert manifest["environment"] == environment
    assert set(manifest["data"]) == {"train.parquet", "validation.parquet"}
    assert manifest["sources"] == json.loads((project / "data/sources.json").read_text())


def test_the_cards_are_of_the_model_and_fit_its_reports(project):
    manifest = json.loads((project / "models/candidate/manifest.json").read_text())
    assert manifest["sha256"] in (project / "docs/model-card.md").read_text()
    assert run(sys.executable, "-m", f"{NAME}.model.card", cwd=project).returncode == 0


def test_running_it_again_runs_nothing(project):
    again = run(sys.executable, "-m", "dvc", "repro", cwd=project)
    assert again.returncode == 0, again.stderr
    assert "Running stage" not in again.stdout


def stale(project, edit, file):
    """Return the stages that would run after `edit` of the text of `file`."""
    path = project / file
    before = path.read_text()
    path.write_text(edit(before))
    try:
        status = run(sys.executable, "-m", "dvc", "repro", "--dry", cwd=project).stdout
    finally:
        path.write_text(before)
    return [line.split("'")[1] for line in status.splitlines() if line.startswith("Running stage")]


def test_a_learning_rate_retrains_and_cleans_nothing_again(project):
    edit = lambda text: text.replace("learning_rate: ", "learning_rate: 0.0")
    assert stale(project, edit, "params.yaml")[0] == "train"


def test_a_table_that_is_overdue_makes_another_model_and_cleans_nothing_again(project):
    edit = lambda text: text.replace('"overdue_since": null', '"overdue_since": "2026-11-18"')
    assert stale(project, edit, "data/sources.json")[0] == "train"


@pytest.mark.parametrize("stage", sorted(STAGES.keys() - {"split", "evaluate", "gate"}))
def test_only_evaluation_and_gate_read_the_sealed_part(stage):
    assert not [path for path in STAGES[stage]["deps"] if "sealed" in path]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_each_module_that_it_imports(stage):
    module = STAGES[stage]["cmd"].split()[2].replace("${package}", NAME)
    graph = grimp.build_graph(NAME)
    imported = {module} | graph.find_upstream_modules(module)
    imported = {name for name in imported - WITHOUT_EFFECT if not package_of_modules(name)}
    declared = {
        path.removeprefix("${src}/").removesuffix(".py").replace("/", ".")
        for path in STAGES[stage]["deps"]
        if path.startswith("${src}/")
    }
    assert {f"{NAME}.{name}" for name in declared} == imported


def package_of_modules(name):
    return (ROOT / "src" / Path(*name.split("."))).is_dir()


def test_every_path_of_a_command_is_declared():
    for name, stage in STAGES.items():
        declared = [*stage["deps"], *(str(out) for out in stage["outs"]), str(stage)]
        for path in stage["cmd"].split()[3:]:
            assert any(path in text for text in declared), f"{name}: {path}"


def test_the_notebook_runs_on_the_sample(project):
    notebook = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    done = run(sys.executable, "-c", "\n".join(cells), cwd=project)
    assert done.returncode == 0, done.stderr
