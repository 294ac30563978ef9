"""The stage `train`: the arguments and the result of the project's function."""

import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from machinery.errors import InputError
from machinery.model import artifact, train
from machinery.project import Project
from tiny.project import PROJECT
from tiny.sample import PIPELINE


@pytest.fixture
def folder(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample as the current folder."""
    monkeypatch.chdir(shutil.copytree(sample, tmp_path / "tiny"))
    return tmp_path / "tiny"


def run(project: Project = PROJECT) -> None:
    train.main(project, *map(Path, PIPELINE["train"].split()))


def edit(name: str, old: str, new: str) -> None:
    text = Path(name).read_text()
    assert old in text
    Path(name).write_text(text.replace(old, new))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("rounds", [7, 0])
def test_the_training_curve_has_the_loss_of_each_round_and_no_clock(rounds: int) -> None:
    edit("params.yaml", "rounds: 20\n  seed", f"rounds: {rounds}\n  seed")
    run()
    curve = [path.read_text().splitlines() for path in Path("reports/training").rglob("*.tsv")]
    assert [lines[0] for lines in curve] == ["step\tlogloss"] * min(rounds, 1)
    assert sum(len(lines) - 1 for lines in curve) == rounds
    assert Path("reports/training/metrics.json").is_file()
    known = artifact.load(Path("models/candidate"), 1).manifest
    assert known.parameters == {"rounds": rounds, "seed": 1, "best_rounds": rounds}


@pytest.mark.usefixtures("folder")
def test_a_function_that_returns_something_else_is_refused_and_the_old_model_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Path("models/candidate/model.ubj").read_bytes()
    monkeypatch.setattr("tiny.model.train.train", lambda *_, **__: "a model")
    with pytest.raises(InputError, match=r"^model\.train:train returned str: return an Xgboost"):
        run()
    assert Path("models/candidate/model.ubj").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_a_target_that_is_not_binary_is_refused_before_anything_is_learned() -> None:
    path = Path("data/split/validation.parquet")
    pl.read_parquet(path).with_columns(target=pl.lit(11.0)).write_parquet(path)
    with pytest.raises(InputError, match=r"task is binary, but the target holds 11, not both 0"):
        run(replace(PROJECT, train="never:imported"))


@pytest.mark.usefixtures("folder")
def test_a_parameter_of_the_model_that_is_wrong_is_refused_by_its_name() -> None:
    edit("params.yaml", "rounds: 20\n  seed", "rounds: many\n  seeds: 1\n  seed")
    wrong = r"^params\.yaml: train\.rounds is 'many': .*; train\.seeds is not a parameter: correct"
    with pytest.raises(InputError, match=wrong):
        run()


@pytest.mark.usefixtures("folder")
def test_a_train_function_that_does_not_resolve_stops_this_stage() -> None:
    with pytest.raises(InputError, match=r"model/other\.py is missing: write it, with `def train"):
        run(replace(PROJECT, train="model.other:train"))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["data/environment.json", "data/sources.json"])
def test_an_input_that_is_not_json_is_refused_by_its_name(name: str) -> None:
    Path(name).write_text("{")
    with pytest.raises(InputError, match=f"^{name} is not JSON: delete it and run `make repro`$"):
        run()
