"""Trains the candidate: XGBoost with early stopping on the validation part."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xgboost as xgb

from .. import params
from ..data.features import VERSION as FEATURES_VERSION
from ..data.features import names
from ..data.schema import KEY, TARGET
from ..data.split import key_hashes
from ..files import beside, scan_table, sha256
from ..params import Train
from ..stage import InputError, stage
from .artifact import TYPE_OF, Feature, Manifest, describe, encode, save, score_matrix
from .metrics import rounded
from .problem import PROBLEMS

OURS = {"problem", "model", "threshold", "rounds", "early_stopping_rounds"}  # not XGBoost's


def train(
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    how: Train,
    callbacks: Sequence[xgb.callback.TrainingCallback] = (),
) -> xgb.Booster:
    """Return the booster of the best round on `validation`; `callbacks` see every round."""
    problem = PROBLEMS[how.problem]
    for part in (rows, validation):
        problem.refuse(part[TARGET].to_numpy())
    numbers = {feature.name for feature in features if feature.kind == "numeric"}
    if unknown := how.monotone_constraints.keys() - numbers:
        raise InputError(
            f"params.yaml: train.monotone_constraints names {', '.join(sorted(unknown))},"
            " which is no numeric feature: remove or rename it"
        )
    data = matrix(rows, features)
    settings = how.model_dump(exclude=OURS) | {
        "objective": problem.objective,
        "eval_metric": problem.eval_metric,
    }
    if how.model == "constant":
        settings["base_score"] = rows[TARGET].mean()
        return xgb.train(settings, data, num_boost_round=0, callbacks=callbacks)
    if how.model == "linear":
        settings["max_depth"] = 1  # a tree of one split reads one feature: their sum is additive
    booster = xgb.train(
        settings,
        data,
        num_boost_round=how.rounds,
        evals=[(matrix(validation, features, like=data), "validation")],
        early_stopping_rounds=how.early_stopping_rounds,
        verbose_eval=50,
        callbacks=callbacks,
    )
    return booster[: booster.best_iteration + 1]


def matrix(
    rows: pl.DataFrame, features: list[Feature], like: xgb.QuantileDMatrix | None = None
) -> xgb.QuantileDMatrix:
    """Return `rows` as XGBoost wants them, binned as `like` is."""
    return xgb.QuantileDMatrix(
        encode(rows, features),
        rows[TARGET].to_numpy(),
        feature_names=[feature.name for feature in features],
        feature_types=[TYPE_OF[feature.kind] for feature in features],
        enable_categorical=True,
        ref=like,
    )


def manifest(
    booster: xgb.Booster, validation: pl.DataFrame, *, features: list[Feature], how: Train
) -> Manifest:
    """Return what is known of `booster`: its interval and metrics come from the validation part."""
    problem = PROBLEMS[how.problem]
    target = validation[TARGET].to_numpy()
    score = score_matrix(booster, encode(validation, features))
    interval = problem.interval(target, score)
    return Manifest(
        problem=how.problem,
        features=features,
        parameters=how.model_dump() | {"best_rounds": booster.num_boosted_rounds()},
        validation=rounded(problem.measure(target, score, interval)(np.ones(len(target)))),
        interval=interval,
        threshold=how.threshold,
        features_version=FEATURES_VERSION,
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return what the stage `environment` or `data refresh` wrote."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(f"{path} is not JSON: delete it and run `make repro`") from None
    return content


def main(
    train_part: Path,
    validation_part: Path,
    environment: Path,
    sources: Path,
    model: Path,
    curve: Path,
) -> None:
    """Write the model, with its manifest, to one folder and the loss of each round to `curve`."""
    from .live import recorder  # noqa: PLC0415  imports DVC, which takes a second

    how = params.load().train
    versions, tables = read_json(environment), read_json(sources)
    rows, validation = scan_table(train_part).collect(), scan_table(validation_part).collect()
    features = describe(rows, names())
    with beside(curve) as part:
        watch = [recorder(part)]
        booster = train(rows, validation, features=features, how=how, callbacks=watch)
    known = manifest(booster, validation, features=features, how=how)
    origin = {
        "environment": versions,
        "sources": tables,
        "data": {path.name: sha256(path) for path in (train_part, validation_part)},
    }
    keys = key_hashes(pl.concat([rows[KEY], validation[KEY]]))  # early stopping saw the latter
    save(booster, known.model_copy(update=origin), model, keys=keys)


if __name__ == "__main__":
    stage(main)
