"""What errors cost decides the threshold, the evaluation and the gate."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from machinery import params
from machinery.errors import InputError
from machinery.model import artifact, costs, evaluate, evaluation, gate
from machinery.stages import run_stage
from tiny import sample
from tiny.params import Params
from tiny.project import PROJECT

SHIPPED = Path(__file__).parent / "tiny/params.yaml"
ERRORS = {"0": {"1": 1.0}, "1": {"0": 4.0}}
MATRIX = np.array([[0.0, 1.0], [4.0, 0.0]])


def load(folder, **changes):
    settings = YAML(typ="safe").load(SHIPPED) | changes
    YAML().dump(settings, folder / "params.yaml")
    return params.load(Params, folder / "params.yaml")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"threshold": 25.0}, "threshold is 25, but a score is a probability: give a number from"),
        ({"costs": {0: {1: -1.0}, 1: {0: 4.0}}}, r"costs\.0\.1 is -1: a cost is not negative"),
        ({"costs": {0: {1: 1.0}}}, r"costs has 0: give costs\.0 and costs\.1, for each outcome"),
        ({"costs": {0: {1: 0.0}, 1: {0: 0.0}}}, "every one of costs is 0: say what an error"),
        ({"costs": {0: 1.0, 1: 4.0}}, r"costs\.0 is a number: give the cost of each decision"),
        ({"threshold": "cheapest"}, "threshold is cheapest: that needs costs, and task binary"),
        ({"task": "regression", "costs": {"under": 1.0}}, r"give costs\.under and costs\.over"),
        ({"task": "regression", "costs": {"under": 1.0, "over": -2.0}}, r"costs\.over is -2: a c"),
    ],
)
def test_costs_and_thresholds_that_cannot_be_meant_are_refused(changes, sentence, tmp_path):
    with pytest.raises(InputError, match=sentence) as error:
        load(tmp_path, **changes)
    assert "\n" not in str(error.value)


def test_numbers_as_keys_and_whole_costs_are_understood(tmp_path):
    assert load(tmp_path, costs={0: {1: 1}, 1: {0: 4}}).costs == ERRORS


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"a": {"b": 1}, "b": {"a": 1, "c": 1}, "c": {"a": 1, "b": 1}},
            r"costs\.a\.c is missing: ",
        ),
        ({"a": {"b": 1, "c": 1}, "b": {"a": 1, "c": 1}}, r"costs\.c\.a is missing: say what it"),
        ({"a": {"b": 1, "c": 1, "d": 1}}, "costs names 'd', which is not a class: a, b, c"),
    ],
)
def test_a_class_without_a_cost_is_refused_by_its_name(given, sentence):
    with pytest.raises(InputError, match=sentence):
        costs.matrix(given, ["a", "b", "c"])


def test_the_cheapest_threshold_is_that_of_trying_all():
    draw = np.random.default_rng(1)
    score = draw.uniform(size=500)
    target = (draw.uniform(size=500) < score).astype(float)
    tried = [
        1000 * costs.of_rows(target, score >= limit, ERRORS, []).mean()
        for limit in np.linspace(0, 1, 1001)
    ]
    assert costs.by_threshold(target, score, MATRIX) == pytest.approx(np.array(tried))
    assert costs.cheapest(target, score, MATRIX) == pytest.approx(np.argmin(tried) / 1000)
    assert costs.cheapest(target, score, MATRIX) == pytest.approx(0.2, abs=0.1)  # 1 / (1 + 4)


def test_costs_of_numbers_differ_above_and_below_the_outcome():
    per_row = costs.of_rows(np.array([5.0, 5.0]), np.array([7.0, 2.0]), {"under": 3, "over": 1}, [])
    assert per_row.tolist() == [2.0, 9.0]


def test_the_cheapest_class_is_decided_not_the_likeliest():
    score = np.array([[0.5, 0.3, 0.2]])
    free = dict.fromkeys("abc", 1.0)
    given = {name: free | {name: 0.0} for name in "abc"} | {"c": {"a": 9.0, "b": 9.0, "c": 0.0}}
    assert costs.likely(score, None, ["a", "b", "c"]).tolist() == [0]
    assert costs.likely(score, given, ["a", "b", "c"]).tolist() == [2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the pipeline has run with costs."""
    place = tmp_path_factory.mktemp("costs") / "tiny"
    return sample.run(place, threshold="cheapest", costs={0: {1: 1.0}, 1: {0: 4.0}})


@pytest.fixture
def copied(folder, tmp_path, monkeypatch):
    """A copy of the folder, as the working directory."""
    monkeypatch.chdir(shutil.copytree(folder, tmp_path / "tiny"))
    return tmp_path / "tiny"


def test_the_cost_is_reported_for_the_model_and_its_rivals_and_over_thresholds(folder):
    known = artifact.load(folder / "models/candidate", 1)
    assert 0.05 < known.manifest.threshold < 0.5
    found = evaluation.read(folder / "reports/evaluation.json").costs
    assert list(found.models) == ["model", "linear", "always", "never"]
    rows = pl.read_parquet(folder / "data/split/test.parquet")
    target, score = rows["target"].to_numpy(), known.score(rows)
    own = costs.of_rows(target, score >= known.manifest.threshold, ERRORS, []).mean()
    assert found.models["model"]["cost"].value == pytest.approx(1000 * own)
    held = pl.read_parquet(folder / "data/split/validation.parquet")
    train = pl.read_parquet(folder / "data/split/train.parquet")
    linear = evaluate.models(known, train)["linear"]
    before, after = (
        linear(artifact.encode(part, known.manifest.features)) for part in (held, rows)
    )
    limit = costs.cheapest(held["target"].to_numpy(), before, MATRIX)
    assert limit != known.manifest.threshold
    rival = costs.of_rows(target, after >= limit, ERRORS, []).mean()
    assert found.models["linear"]["cost"].value == pytest.approx(1000 * rival)
    assert found.models["always"]["cost"].value == pytest.approx(1000 * (1 - target).mean())
    assert found.models["never"]["cost"].value == pytest.approx(4000 * target.mean())
    assert found.difference_to["always"]["cost"].high < 0
    curve = pl.read_csv(folder / "reports/plots/costs.csv")
    assert curve["threshold"].to_list() == pytest.approx([step / 100 for step in range(101)])
    assert curve["model"][0] == pytest.approx(found.models["always"]["cost"].value)
    assert "## Costs" in (folder / "docs/model-card.md").read_text()


def test_the_gate_compares_by_costs(folder):
    verdict = json.loads((folder / "reports/gate.json").read_text())
    names = [each["name"] for each in verdict["criteria"] if "cost" in each["name"]]
    assert verdict["verdict"] == "accepted"
    assert names == [
        f"cost per 1,000 rows, compared with {rival}" for rival in ("linear", "always", "never")
    ]


def change(folder, **known):
    """Save the model again with another manifest, and let the pipeline measure it."""
    model = artifact.load(folder, 1)
    keys = artifact.training_keys(folder, model.manifest)
    artifact.save(model.model, model.manifest.model_copy(update=known), folder, keys=keys)


def stage(name):
    run_stage(PROJECT, name, [Path(path) for path in sample.PIPELINE[name].split()])


def refused(champion=None):
    verdict = gate.examine(PROJECT, champion)
    return {each.name for each in verdict.criteria if not each.passed}


def test_a_threshold_that_no_score_reaches_is_refused(copied):
    change(copied / "models/candidate", threshold=1.0)
    for name in ("evaluate", "card"):
        stage(name)
    assert "share of rows at or above the threshold" in refused()


def test_a_model_that_costs_more_than_a_rival_is_refused(copied):
    score = artifact.load(copied / "models/candidate", 1).score(
        pl.read_parquet("data/split/test.parquet")
    )
    change(copied / "models/candidate", threshold=float(np.quantile(score, 0.99)))
    for name in ("evaluate", "card"):
        stage(name)
    assert "cost per 1,000 rows, compared with always" in refused()


def test_another_share_of_decisions_and_higher_costs_than_the_champions_are_refused(copied):
    champion = Path(shutil.copytree("models/candidate", "models/v1.0.0"))
    assert refused(champion) == set()
    change(copied / "models/candidate", threshold=0.8)
    for name in ("evaluate", "card"):
        stage(name)
    assert refused(champion) >= {
        "share of decisions, compared with the champion's",
        "cost per 1,000 rows, compared with champion",
    }
