"""Fits LightGBM, and exports it to ONNX."""

import re
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from machinery.data.table import TARGET
from machinery.model.encoding import Feature, encode
from machinery.model.onnx_model import OnnxModel

FITTED: list[Any] = []  # for a test, to compare with
OBJECTIVE = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,  # noqa: ARG001  nothing stops early
    *,
    features: list[Feature],
    task: str,
    params: dict[str, Any],
) -> OnnxModel:
    """Return boosted trees with splits on categories."""
    matrix, target = encode(rows, features), rows[TARGET].to_numpy()
    settings = {"objective": OBJECTIVE[task], "verbose": -1, "num_threads": 1}
    settings |= {"seed": params["seed"], "min_data_in_leaf": 5, "deterministic": True}
    if task == "multiclass":
        settings["num_class"] = int(target.max()) + 1
    categories = [place for place, each in enumerate(features) if each.kind == "category"]
    data = lgb.Dataset(matrix, target, categorical_feature=categories)
    booster = in_single_precision(lgb.train(settings, data, params["rounds"]))
    FITTED.append(booster.predict)
    kind = [("features", FloatTensorType([None, matrix.shape[1]]))]
    exported = convert_lightgbm(booster, initial_types=kind, zipmap=False)
    return OnnxModel(exported.SerializeToString())


def in_single_precision(booster: lgb.Booster) -> lgb.Booster:
    """Round the thresholds down to float32, as ONNX would round some of them up, past a row."""

    def rounded(found: re.Match[str]) -> str:
        exact = np.array(found[1].split(), dtype=np.float64)
        single = exact.astype(np.float32)
        lower = np.where(single > exact, np.nextafter(single, np.float32(-np.inf)), single)
        return "threshold=" + " ".join(repr(float(each)) for each in lower)

    text = re.sub(r"(?m)^threshold=(.*)$", rounded, booster.model_to_string())
    return lgb.Booster(model_str=re.sub(r"(?m)^tree_sizes=.*\n", "", text))
