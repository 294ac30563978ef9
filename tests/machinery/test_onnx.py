"""Models of scikit-learn and LightGBM, exported to ONNX, from training to the service."""

import base64
import importlib
import json
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace

import environments
import numpy as np
import polars as pl
import pytest

from machinery.errors import InputError
from machinery.model import artifact, evaluation
from machinery.prediction.arms import alone
from machinery.prediction.service.request import PredictRequest
from machinery.prediction.service.response import predict_batch
from tiny import sample
from tiny.command import invoke
from tiny.project import PROJECT

sys.path.append(str(environments.onnx()))  # last, so that the project's own packages come first

pytestmark = pytest.mark.filterwarnings("ignore")  # of the converters

TRAINERS = ("sklearn_train", "lightgbm_train")


@pytest.fixture(scope="module", params=TRAINERS)
def trained(request, tmp_path_factory):
    """The project with this trainer, the folder of its pipeline, and what it fitted."""
    fitted = importlib.import_module(f"tiny.model.{request.param}").FITTED
    fitted.clear()
    project = replace(PROJECT, train=f"model.{request.param}:train")
    folder = sample.run(tmp_path_factory.mktemp("onnx") / "tiny", project)
    assert len(fitted) == 2  # the second time to see whether its bytes are the same
    return project, folder, fitted[-1]


def own_scores(fitted, folder, known):
    """Return the scores of the test rows, by the library that fitted the model."""
    test = pl.read_parquet(folder / "data/split/test.parquet")
    scores = np.asarray(fitted(artifact.encode(test, known.features)))
    return test, scores if scores.ndim == 1 else scores[:, 1]


def test_batch_and_service_score_as_the_library_that_trained_the_model(trained, tmp_path):
    project, folder, fitted = trained
    model = folder / "models/candidate"
    arms = alone(project, model)
    test, own = own_scores(fitted, folder, arms.champion.manifest)
    done = invoke(
        *("predict", folder / "data/rows.parquet", tmp_path / "scores.parquet"),
        *("--model", model, "--contributions", 2),
        project=project,
    )
    assert done.exit_code == 0, done.output
    batch = pl.read_parquet(tmp_path / "scores.parquet")
    scored = test.select("key").join(batch, on="key", how="left", maintain_order="left")
    assert np.abs(scored["score"].to_numpy() - own).max() < 1e-6
    rows = pl.read_parquet(folder / "data/rows.parquet").select(list(project.row.columns))
    asked = test.select("key")[:50].join(rows, on="key", how="left", maintain_order="left")
    request = PredictRequest("a", asked.select(list(project.row.columns)).to_dicts(), 0)
    (answers,) = predict_batch([request], arms)
    assert np.abs(np.array([each["score"] for each in answers]) - own[:50]).max() < 1e-6


def test_the_gate_accepts_it_and_evaluation_and_card_say_what_it_is(trained):
    _, folder, _ = trained
    assert json.loads((folder / "reports/gate.json").read_text())["verdict"] == "accepted"
    measured = evaluation.read(folder / "reports/evaluation.json")
    assert (measured.model.model, measured.model.importance) == ("onnx", "permutation")
    assert sum(each.gain for each in measured.importance) == pytest.approx(1, abs=1e-4)
    assert measured.importance[0].feature == "stops"
    card = (folder / "docs/model-card.md").read_text()
    assert "a model in ONNX, exported by" in card
    assert "does not say what it gained" in card


def test_the_manifest_says_whether_the_bytes_are_the_same_again(trained):
    project, folder, _ = trained
    known = artifact.load(folder / "models/candidate", 1).manifest
    assert known.reproducible == ("sklearn" in project.train)  # LightGBM's converter draws a name
    card = (folder / "docs/model-card.md").read_text()
    assert ("Its bytes are not reproducible" in card) == (not known.reproducible)


def test_contributions_are_the_difference_to_the_typical_row(trained):
    _, folder, _ = trained
    model = artifact.load(folder / "models/candidate", 1)
    test = pl.read_parquet(folder / "data/split/test.parquet")[:20]
    values = model.contributions(test)
    odds = lambda score: np.log(score) - np.log1p(-score)
    typical = model.model.score(np.array([model.manifest.typical], dtype=np.float32))
    assert values.shape == (20, 5)
    assert values.sum(axis=1) == pytest.approx(odds(model.score(test)) - odds(typical), abs=1e-4)
    late = test.with_columns(stops=pl.lit(9), weight=pl.lit(float(model.manifest.typical[1])))
    assert (model.contributions(late)[:, 2] > 0).all()
    assert np.abs(model.contributions(late)[:, 1]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", TRAINERS)
def test_several_classes_are_scored_as_the_library_does(name, sample):
    module = importlib.import_module(f"tiny.model.{name}")
    rows = pl.read_parquet(sample / "data/split/train.parquet")
    rows = rows.with_columns(target=(pl.col("stops") // 4).cast(pl.Float64))
    features = artifact.describe(rows, ["carrier", "weight", "stops"])
    given = {"features": features, "task": "multiclass", "params": {"seed": 1, "rounds": 20}}
    matrix = artifact.encode(rows, features)
    scores = module.train(rows, rows, **given).score(matrix)
    assert scores.shape == (rows.height, 3)
    assert np.abs(scores - module.FITTED.pop()(matrix)).max() < 1e-6


@pytest.mark.parametrize("name", TRAINERS)
def test_a_number_is_predicted_as_the_library_does(name, sample):
    module = importlib.import_module(f"tiny.model.{name}")
    days = (pl.col("stops") * 0.3 + pl.col("weight") * 0.03).alias("target")
    rows = pl.read_parquet(sample / "data/split/train.parquet").with_columns(days)
    features = artifact.describe(rows, ["carrier", "weight", "stops"])
    given = {"features": features, "task": "regression", "params": {"seed": 1, "rounds": 20}}
    matrix = artifact.encode(rows, features)
    scores = module.train(rows, rows, **given).score(matrix)
    assert np.abs(scores - np.ravel(module.FITTED.pop()(matrix))).max() < 1e-6


def onnx_model(folder):
    import onnx

    return onnx, onnx.load(folder / "models/candidate/model.onnx")


def with_pickle(onnx, model):
    onnx.helper.set_model_props(model, {"note": pickle.dumps(print, 0).decode()})


def with_pickle_as_text(onnx, model):
    onnx.helper.set_model_props(model, {"note": base64.b64encode(pickle.dumps(print)).decode()})


def with_weights_elsewhere(onnx, model):
    tensor = onnx.helper.make_tensor("weights", 1, [1], [1.0])
    tensor.ClearField("float_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    model.graph.initializer.append(tensor)


def with_an_operator_of_somebody(onnx, model):
    model.graph.node[0].domain = "evil"
    model.opset_import.append(onnx.helper.make_opsetid("evil", 1))


def with_two_inputs(onnx, model):
    model.graph.input.append(onnx.helper.make_tensor_value_info("more", 1, [None, 1]))


def without_numbers(onnx, model):  # noqa: ARG001  all edits look the same
    del model.graph.output[1:]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (with_pickle, "model.onnx contains a pickle, which can execute anything"),
        (with_pickle_as_text, "model.onnx contains a pickle"),
        (with_weights_elsewhere, "keeps weights in another file: export them into"),
        (with_an_operator_of_somebody, "is not a model that onnxruntime can load: "),
        (with_two_inputs, r"has the inputs tensor\(float\), tensor\(float\): export it with one"),
        (without_numbers, r"has the outputs tensor\(int64\): export it with the option zipmap"),
    ],
)
def test_a_model_file_that_hides_something_or_cannot_score_is_refused(
    edit, sentence, trained, tmp_path
):
    _, folder, _ = trained
    onnx, model = onnx_model(folder)
    edit(onnx, model)
    shutil.copytree(folder / "models/candidate", tmp_path / "changed")
    known = artifact.load(tmp_path / "changed", 1)
    changed = replace(known.model, content=model.SerializeToString())
    keys = np.array([1], dtype=np.uint64)
    artifact.save(changed, known.manifest, tmp_path / "changed", keys=keys)
    with pytest.raises(InputError, match=sentence) as error:
        artifact.load(tmp_path / "changed", 1)
    assert "\n" not in str(error.value)


def test_an_environment_without_onnxruntime_says_what_to_install(trained, monkeypatch):
    _, folder, _ = trained
    monkeypatch.delitem(sys.modules, "machinery.model.onnx_model")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"model\.onnx needs onnxruntime, which is not installed"):
        artifact.load(folder / "models/candidate", 1)


def test_a_model_in_onnx_is_scored_without_the_libraries_that_trained_it(trained, tmp_path):
    _, folder, _ = trained
    absent = ("xgboost", "lightgbm", "sklearn", "skl2onnx", "onnxmltools", "onnx")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent}))\n"
        f"sys.path.append({str(environments.onnx())!r})\n"
        "from machinery.cli import run\nfrom tiny.project import PROJECT\nrun(PROJECT)\n"
    )
    command = [sys.executable, "-c", code, "predict", folder / "data/rows.parquet", "scores.csv"]
    command += ["--model", folder / "models/candidate"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "scores.csv.report.json").read_text())
    assert report["versions"].keys() == {"python", "polars", "onnxruntime"}
