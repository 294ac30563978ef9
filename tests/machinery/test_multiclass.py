"""Three classes with text labels, from the table to outcomes in the log."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as reference

from machinery.data.table import KEY, TARGET
from machinery.errors import InputError
from machinery.model import artifact, evaluation, gate, labels, metrics
from machinery.model.task import TASKS
from machinery.prediction.arms import alone
from machinery.prediction.service.request import PredictRequest
from machinery.prediction.service.response import predict_batch, respond
from tiny import sample
from tiny.command import invoke
from tiny.project import PROJECT

LIMITS = {"max_above_validation": 1.0, "max_below_in_slice": 1.0, "max_calibration_error": 0.3}
NAMES = ["fast", "slow", "usual"]


def speed(*, parcels: pl.LazyFrame) -> pl.LazyFrame:
    """Return how fast a parcel was, in words."""
    days = pl.col("days")
    word = pl.when(days < 1.5).then(pl.lit("fast")).when(days < 3.5).then(pl.lit("usual"))
    label = pl.when(days.is_not_null()).then(word.otherwise(pl.lit("slow")))
    return parcels.select(KEY, label.alias(TARGET))


SPEED = replace(PROJECT, target=speed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the pipeline has run on three classes."""
    place = tmp_path_factory.mktemp("multiclass") / "tiny"
    return sample.run(place, SPEED, task="multiclass", threshold=None, gate=LIMITS)


def test_the_gate_accepts_it_and_reports_and_cards_say_how_good_it_is(folder):
    assert json.loads((folder / "reports/gate.json").read_text())["verdict"] == "accepted"
    found = evaluation.read(folder / "reports/evaluation.json")
    assert found.overall.candidate["roc_auc"] > 0.85
    assert found.overall.candidate["macro_f1"] > 0.6
    assert [each.name for each in found.classes] == NAMES
    assert sum(each.rows for each in found.classes) == found.overall.rows
    for each in found.classes:
        assert sum(each.predicted.values()) == each.rows
        assert each.predicted[each.name] == pytest.approx(each.recall * each.rows, abs=0.01)
    card = (folder / "docs/model-card.md").read_text()
    assert "| class | rows | precision | recall | roc_auc | fast | slow | usual |" in card
    assert "fast " in (folder / "docs/data-card.md").read_text()
    assert json.loads((folder / "reports/split.json").read_text())["test"]["classes"].keys() == {
        *NAMES
    }


def test_batch_and_service_name_the_class_and_the_log_keeps_it(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the report of a database goes
    model, url = folder / "models/candidate", f"sqlite:///{tmp_path}/log.sqlite"
    rows = folder / "data/rows.parquet"
    for target in (tmp_path / "scores.csv", url):
        done = invoke(
            "predict", rows, target, "--model", model, "--contributions", 1, project=SPEED
        )
        assert done.exit_code == 0, done.output
    table = pl.read_csv(tmp_path / "scores.csv")
    scores = pl.DataFrame([json.loads(each) for each in table["scores"]])
    assert scores.columns == NAMES
    assert scores.sum_horizontal().to_numpy() == pytest.approx(1, abs=1e-6)
    assert scores.max_horizontal().to_numpy() == pytest.approx(table["score"].to_numpy())
    likely = np.array(NAMES)[scores.to_numpy().argmax(axis=1)]
    assert table["label"].to_list() == likely.tolist()
    first = pl.read_parquet(rows).select(list(SPEED.row.columns))[:2]
    request = PredictRequest("a", first.to_dicts(), 0)
    (answers,) = predict_batch([request], alone(SPEED, model))
    response = respond(request, answers, first["sent"][0])
    (sent, _) = json.loads(response.body)["predictions"]
    assert (sent["label"], sent["score"]) == (table["label"][0], pytest.approx(table["score"][0]))
    assert sent["scores"] == pytest.approx(scores.row(0, named=True))
    assert json.loads(response.rows[0]["scores"]) == sent["scores"]
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as log:
        kept = log.execute('SELECT label, scores FROM predictions ORDER BY "index"').fetchall()
    assert [label for label, _ in kept] == likely.tolist()
    assert json.loads(kept[0][1]) == pytest.approx(sent["scores"])


def test_an_outcome_is_the_name_of_a_class_and_can_be_corrected(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)  # params.yaml says which task it is
    url = f"sqlite:///{tmp_path}/log.sqlite"
    for label in ("fast", "slow"):
        (tmp_path / "outcomes.csv").write_text(f"key,target\nP1,{label}\nP2,usual\n")
        done = invoke("outcomes", tmp_path / "outcomes.csv", "--log-url", url, project=SPEED)
        assert done.exit_code == 0, done.output
    with closing(sqlite3.connect(tmp_path / "log.sqlite")) as log:
        found = log.execute("SELECT unit, label, outcome FROM outcomes ORDER BY unit").fetchall()
    assert found == [("P1", "slow", None), ("P2", "usual", None)]


def test_another_share_of_a_class_than_the_champions_is_refused(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(folder, tmp_path / "tiny"))
    champion = Path(shutil.copytree("models/candidate", "models/v1.0.0"))
    model = artifact.load(Path("models/candidate"), 1)
    shifts = []
    for late in (1.0, 50.0):  # the cost of taking a slow one for another
        costs = {name: {other: 1.0 for other in NAMES if other != name} for name in NAMES}
        known = {"costs": costs | {"slow": {"fast": late, "usual": late}}}
        keys = artifact.training_keys(champion, model.manifest)
        changed = model.manifest.model_copy(update=known)
        artifact.save(model.model, changed, Path("models/candidate"), keys=keys)
        found = {each.name: each for each in gate.examine(SPEED, champion).criteria}
        shifts.append(found["share of decisions, compared with the champion's"])
    assert [each.passed for each in shifts] == [True, False]
    assert re.fullmatch(r"slow \d\d\.\d\d %, the champion's \d\d\.\d\d %", shifts[1].value)


def test_contributions_are_those_of_the_predicted_class(folder):
    model = artifact.load(folder / "models/candidate", 1)
    rows = pl.read_parquet(folder / "data/split/test.parquet")
    assert model.contributions(rows).shape == (rows.height, 5)
    slow = model.score(rows).argmax(axis=1) == NAMES.index("slow")
    stops = model.contributions(rows)[:, 2]
    assert stops[slow].mean() > 0.1


def test_metrics_are_those_of_scikit_learn():
    draw = np.random.default_rng(1)
    target = draw.integers(0, 3, 300).astype(float)
    score = draw.dirichlet([1, 1, 1], 300) + 0.5 * (target[:, None] == np.arange(3))
    score /= score.sum(axis=1, keepdims=True)
    found = metrics.multiclass(target, score)(np.ones(300))
    said = score.argmax(axis=1)
    expected = {
        "roc_auc": reference.roc_auc_score(target, score, multi_class="ovr"),
        "accuracy": reference.accuracy_score(target, said),
        "macro_f1": reference.f1_score(target, said, average="macro"),
        "log_loss": reference.log_loss(target, score),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("task", "target", "sentence"),
    [
        ("binary", ["a", "b"], "holds text, such as 'a': let data/target.py return 1 for the out"),
        ("binary", ["a", "b", "c"], "holds text, such as 'a': set task to multiclass$"),
        ("regression", ["a", "b", "c"], "task is regression, .* 'a': set task to multiclass$"),
        ("regression", [f"a{row}" for row in range(200)], "it holds 200 of them, so let data/targ"),
        ("regression", [0.0, 1.0, 1.0], "the target holds 0 and 1 alone: set task to binary$"),
        ("multiclass", ["a", "b"], "holds 2 classes, .*: set task to binary and let data/target"),
        ("multiclass", ["a", "a"], "train holds 1 classes, .*: correct data/target.py$"),
        ("multiclass", [1.5, 2.0, 3.0], "holds 1.5 and other .* set task to regression$"),
        ("multiclass", list(range(200)), "train holds 200 classes, not 3 to 100: correct"),
    ],
)
def test_a_target_that_does_not_fit_its_task_is_refused(task, target, sentence):
    with pytest.raises(InputError, match=sentence):
        labels.refuse(
            pl.Series(target, dtype=pl.String if isinstance(target[0], str) else pl.Float64), task
        )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([0.0, 1.0, 2.0], "or set task to multiclass if these are classes$"),
        ([0.5, 1.25, 7.0], "or set task to regression$"),
        ([1.0, 2.0], "not both 0 and 1: correct data/target.py$"),
        ([11.0], "not both 0 and 1: correct data/target.py$"),
    ],
)
def test_a_target_that_is_not_binary_gets_the_task_that_fits_it_or_none(values, sentence):
    with pytest.raises(InputError, match=sentence):
        TASKS["binary"].refuse(np.array(values))


def test_numbers_that_name_classes_keep_their_order():
    target = pl.Series([10.0, 2.0, 1.0])
    assert labels.classes(target) == ["1", "2", "10"]
    coded = labels.coded(pl.DataFrame({TARGET: target}), ["1", "2", "10"])
    assert coded[TARGET].to_list() == [2.0, 1.0, 0.0]
    with pytest.raises(InputError, match=r"the target holds '3', which the training rows do not"):
        labels.coded(pl.DataFrame({TARGET: [3.0]}), ["1", "2", "10"])
