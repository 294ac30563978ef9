"""Fits a pipeline of scikit-learn with its preprocessing, and exports it to ONNX."""

from typing import Any

import polars as pl
from skl2onnx import to_onnx
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from machinery.data.table import TARGET
from machinery.model.encoding import Feature, encode
from machinery.model.onnx_model import OnnxModel

FITTED: list[Any] = []  # for a test, to compare with


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,  # noqa: ARG001  nothing stops early
    *,
    features: list[Feature],
    task: str,
    params: dict[str, Any],  # noqa: ARG001  it has none
) -> OnnxModel:
    """Return a linear model on scaled numbers and one-hot categories."""
    places = {kind: [] for kind in ("category", "numeric")}
    for place, feature in enumerate(features):
        places[feature.kind].append(place)
    fill = SimpleImputer(strategy="constant", fill_value=-1)
    columns = make_column_transformer(
        (make_pipeline(fill, OneHotEncoder(handle_unknown="ignore")), places["category"]),
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), places["numeric"]),
    )
    estimator = Ridge() if task == "regression" else LogisticRegression()
    pipeline = make_pipeline(columns, estimator)
    matrix = encode(rows, features)
    pipeline.fit(matrix, rows[TARGET].to_numpy())
    FITTED.append(pipeline.predict if task == "regression" else pipeline.predict_proba)
    options = None if task == "regression" else {"zipmap": False}
    return OnnxModel(to_onnx(pipeline, matrix[:1], options=options).SerializeToString())
