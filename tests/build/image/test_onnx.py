"""A model of scikit-learn in the image, which holds onnxruntime and neither library that trains."""

import json
import re
from pathlib import Path

import pytest
from environments import default, onnx
from image import LOCKED_DOWN, build, docker, inside, inspect, needs_engine
from pages import blocks
from project import TEMPLATE, run, venv

pytestmark = needs_engine

STAGE = (
    "stage train data/split/train.parquet data/split/validation.parquet data/environment.json"
    " data/sources.json models/candidate reports/training"
)
LIBRARIES = ("onnxruntime", "xgboost", "sklearn", "scipy", "skl2onnx", "onnx")
HELD = f"from importlib.util import find_spec; print(*filter(find_spec, {LIBRARIES}))"
# The largest difference to scikit-learn's own scores of the test rows.
COMPARE = """
import sys
import numpy as np, polars as pl
from flight_delays.machinery.model.artifact import Manifest, encode
from flight_delays.model.train import Train, fit
known = Manifest.model_validate_json(open("models/candidate/manifest.json").read())
rows, test = (pl.read_parquet(f"data/split/{part}.parquet") for part in ("train", "test"))
fitted = fit(rows, known.features, Train(**{"regularization": known.parameters["regularization"]}))
own = fitted.predict_proba(encode(test, known.features))[:, 1]
scored = test.select("key").join(pl.read_parquet(sys.argv[1]), on="key", maintain_order="left")
print(scored.height, np.abs(scored["score"].to_numpy() - own).max())
"""


def test_the_image_scores_as_scikit_learn_without_scikit_learn(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = str(venv() / "bin/python")
    own = {"PYTHONPATH": f"{copy / 'src'}:{onnx(python, default())}", "PYTHONWARNINGS": "ignore"}
    replace_model(copy)
    run([python, "-m", "flight_delays.project", *STAGE.split()], copy, own)
    image = build(copy, "image", "IMAGE=flight-delays:onnx")
    with capsys.disabled():
        print(f"\nimage with onnxruntime: {inspect(image)['Size'] / 1e6:.0f} MB")
    assert inside(image, HELD).split() == ["onnxruntime"]
    tmp_path.chmod(0o777)
    mount = ["--volume", f"{copy / 'data'}:/data:ro", "--volume", f"{tmp_path}:/out"]
    predict = ["predict", "/data/rows.parquet", "/out/scores.parquet"]
    docker("run", "--rm", *LOCKED_DOWN, *mount, image, *predict)
    compare = [python, "-c", COMPARE, str(tmp_path / "scores.parquet")]
    rows, difference = run(compare, copy, own).split()
    assert int(rows) > 100
    assert float(difference) < 1e-6
    report = json.loads((tmp_path / "scores.parquet.report.json").read_text())
    assert "onnxruntime" in report["versions"]


def replace_model(project: Path) -> None:
    """Edit the three files as the page says, and write the lock that `make lock` would compile."""
    (trainer,) = blocks((TEMPLATE / "docs/machinery/model.md").read_text(), "python")
    (project / "src/flight_delays/model/train.py").write_text(trainer)
    params = project / "params.yaml"
    section = re.compile(r"^train:.*?(?=^\w)", re.MULTILINE | re.DOTALL)
    params.write_text(section.sub("train:\n  regularization: 0.1\n", params.read_text()))
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("xgboost-cpu>=3.2", "onnxruntime>=1.20"))
    lock = project / "requirements/serve.txt"
    for_training = re.compile(r"^(xgboost-cpu|scipy)==.*\n( +--hash=.*\n)+", re.MULTILINE)
    pins = re.compile(
        r"^(?:onnxruntime|protobuf|flatbuffers)==.*\n(?: +--hash=.*\n)+", re.MULTILINE
    )
    more = pins.findall((TEMPLATE / "requirements/onnx.txt").read_text())
    assert len(more) == 3
    lock.write_text(for_training.sub("", lock.read_text()) + "".join(more))
