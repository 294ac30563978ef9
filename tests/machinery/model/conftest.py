"""A model of a few rounds, its settings, and the limits of its gate."""

from pathlib import Path

import polars as pl
import xgboost as xgb

from machinery import params
from machinery.data.table import TARGET
from machinery.model import artifact, train
from machinery.model.task import TASKS
from machinery.model.xgboost_model import XgboostModel, columns
from tiny.params import Params

SETTINGS = params.load(Params, Path(__file__).parents[1] / "tiny/params.yaml")
LIMITS = params.Gate(
    floors={"roc_auc": 0.75, "log_loss": 0.6},
    min_over_baseline=-0.02,
    max_below_champion=0.015,
    max_below_in_slice=0.1,
    max_below_in_any_slice=1.0,  # so that a test sees one criterion alone
    max_calibration_error=0.05,
    min_score_spread=0.2,
    max_above_validation=0.03,
    max_gain_share=0.6,
    leak_auc=0.8,
    max_above_baseline=None,  # the rows need what no sum of features expresses
)
LEARN = {
    "learning_rate": 0.2,
    "max_depth": 4,
    "min_child_weight": 5.0,
    "reg_lambda": 5.0,
    "seed": 1,
}
VERSION = 1  # of the features


def matrix(rows: pl.DataFrame, features: list[artifact.Feature]) -> xgb.DMatrix:
    """Return `rows` in XGBoost's form."""
    return xgb.DMatrix(
        artifact.encode(rows, features),
        rows[TARGET].to_numpy(),
        **columns(features),
    )


def fit(
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    names: list[str],
    task: str = "binary",
    rounds: int = 30,
    **settings: float,
) -> artifact.Artifact:
    """Return a booster of `rows` with LEARN, or with `settings`; no rounds: a constant."""
    features = artifact.describe(rows, names)
    own = {"objective": TASKS[task].objective, "base_score": rows[TARGET].mean(), "nthread": 1}
    booster = xgb.train(LEARN | own | settings, matrix(rows, features), rounds)
    model = XgboostModel(booster)
    return artifact.Artifact(model, describe(model, validation, features, task=task))


def describe(
    model: XgboostModel,
    validation: pl.DataFrame,
    features: list[artifact.Feature],
    *,
    task: str = "binary",
) -> artifact.Manifest:
    """Return the manifest of a model."""
    settings = SETTINGS.model_copy(update={"task": task})
    return train.manifest(
        model, validation, features=features, settings=settings, features_version=VERSION
    )
