"""Fits XGBoost for a fixed number of rounds."""

from collections.abc import Sequence

import polars as pl
import xgboost as xgb

from machinery.data.table import TARGET
from machinery.model.encoding import Feature, encode
from machinery.model.task import TASKS
from machinery.model.xgboost_model import XgboostModel, columns
from machinery.params import Section


class Train(Section):
    """How the model learns."""

    rounds: int
    seed: int


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    task: str,
    params: Train,
    callbacks: Sequence[xgb.callback.TrainingCallback] = (),
) -> XgboostModel:
    """Return a booster of `params.rounds` rounds; none of them: a constant."""
    data, held = (
        xgb.DMatrix(encode(part, features), part[TARGET].to_numpy(), **columns(features))
        for part in (rows, validation)
    )
    settings = {
        "objective": TASKS[task].objective,
        **classes(rows, task),
        "seed": params.seed,
        "min_child_weight": 0,
        "nthread": 1,
    }
    booster = xgb.train(
        settings,
        data,
        num_boost_round=params.rounds,
        evals=[(held, "validation")],
        verbose_eval=False,
        callbacks=callbacks,
    )
    return XgboostModel(booster)


def classes(rows: pl.DataFrame, task: str) -> dict[str, float]:
    """Return with what XGBoost begins, and of several classes their number."""
    if task == "multiclass":
        return {"num_class": int(rows[TARGET].max()) + 1}
    return {"base_score": rows[TARGET].mean()}
