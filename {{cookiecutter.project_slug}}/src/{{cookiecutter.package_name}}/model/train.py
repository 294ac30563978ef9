"""Fits the model: XGBoost with early stopping on the validation part."""

from collections.abc import Sequence

import polars as pl
import xgboost as xgb

from ..machinery.data.table import TARGET
from ..machinery.errors import InputError
from ..machinery.model.artifact import TYPE_OF, Feature, encode
from ..machinery.model.task import TASKS
from ..params import Train

OURS = {"model", "rounds", "early_stopping_rounds"}  # all other parameters are XGBoost's


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    task: str,
    params: Train,
    callbacks: Sequence[xgb.callback.TrainingCallback] = (),
) -> xgb.Booster:
    """Return the booster of the best round on `validation`; `callbacks` see every round."""
    numbers = {feature.name for feature in features if feature.kind == "numeric"}
    if unknown := params.monotone_constraints.keys() - numbers:
        raise InputError(
            f"params.yaml: train.monotone_constraints names {', '.join(sorted(unknown))},"
            " which is not a numeric feature: remove or rename it"
        )
    data = matrix(rows, features)
    settings = params.model_dump(exclude=OURS) | {
        "objective": TASKS[task].objective,
        "eval_metric": TASKS[task].eval_metric,
    }
    if params.model == "constant":
        settings["base_score"] = rows[TARGET].mean()
        return xgb.train(settings, data, num_boost_round=0, callbacks=callbacks)
    if params.model == "additive":
        settings["max_depth"] = 1  # a tree of one split reads one feature: their sum is additive
    booster = xgb.train(
        settings,
        data,
        num_boost_round=params.rounds,
        evals=[(matrix(validation, features, like=data), "validation")],
        early_stopping_rounds=params.early_stopping_rounds,
        verbose_eval=50,
        callbacks=callbacks,
    )
    return booster[: booster.best_iteration + 1]


def matrix(
    rows: pl.DataFrame, features: list[Feature], like: xgb.QuantileDMatrix | None = None
) -> xgb.QuantileDMatrix:
    """Return `rows` in XGBoost's form, binned as `like` is."""
    return xgb.QuantileDMatrix(
        encode(rows, features),
        rows[TARGET].to_numpy(),
        feature_names=[feature.name for feature in features],
        feature_types=[TYPE_OF[feature.kind] for feature in features],
        enable_categorical=True,
        ref=like,
    )
