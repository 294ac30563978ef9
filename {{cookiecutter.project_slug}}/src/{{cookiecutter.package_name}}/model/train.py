"""Fits the model: XGBoost with early stopping on the validation part."""

from collections.abc import Sequence
from typing import Annotated, Literal

import polars as pl
import xgboost as xgb
from pydantic import Field

from ..machinery.data.table import TARGET
from ..machinery.errors import InputError
from ..machinery.model.encoding import Feature, encode
from ..machinery.model.task import TASKS
from ..machinery.model.xgboost_model import XgboostModel, columns
from ..machinery.params import Section, Seed

OURS = {"model", "rounds", "early_stopping_rounds"}  # all other parameters are XGBoost's


class Train(Section):
    """The section `train`; everything from `seed` on goes to XGBoost under its own name."""

    model: Literal["constant", "additive", "boosted"]
    rounds: Annotated[int, Field(gt=0)]
    early_stopping_rounds: Annotated[int, Field(gt=0)]
    seed: Seed
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    max_depth: Annotated[int, Field(gt=0, le=64)]
    min_child_weight: Annotated[float, Field(ge=0)]
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample_bynode: Annotated[float, Field(gt=0, le=1)]
    num_parallel_tree: Annotated[int, Field(gt=0)]
    reg_lambda: Annotated[float, Field(ge=0)]
    max_cat_to_onehot: Annotated[int, Field(gt=0)]
    monotone_constraints: dict[str, Literal[-1, 1]]


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    task: str,
    params: Train,
    callbacks: Sequence[xgb.callback.TrainingCallback] = (),
) -> XgboostModel:
    """Return the model of the best round on `validation`; `callbacks` see every round."""
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
    if task == "multiclass":
        settings["num_class"] = rows[TARGET].n_unique()
    if params.model == "constant":
        if task != "multiclass":
            settings["base_score"] = rows[TARGET].mean()
        return XgboostModel(xgb.train(settings, data, num_boost_round=0, callbacks=callbacks))
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
    return XgboostModel(booster[: booster.best_iteration + 1])


def matrix(
    rows: pl.DataFrame, features: list[Feature], like: xgb.QuantileDMatrix | None = None
) -> xgb.QuantileDMatrix:
    """Return `rows` in XGBoost's form, binned as `like` is."""
    return xgb.QuantileDMatrix(
        encode(rows, features),
        rows[TARGET].to_numpy(),
        ref=like,
        **columns(features),
    )
