"""Stage `train`: lets the project fit its model, and saves it with its manifest."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xgboost as xgb

from .. import params
from ..data.features import names
from ..data.split import key_hashes
from ..data.table import KEY, TARGET
from ..errors import InputError
from ..files import atomic_write, scan_table, sha256
from ..params import Params
from ..project import Project
from .artifact import Feature, Manifest, describe, encode, save, score_matrix
from .metrics import rounded
from .task import TASKS


def manifest(
    booster: xgb.Booster,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    settings: Params,
    features_version: int,
) -> Manifest:
    """Return the manifest of `booster`, with interval and metrics from the validation part."""
    task = TASKS[settings.task]
    target = validation[TARGET].to_numpy()
    score = score_matrix(booster, encode(validation, features))
    interval = task.interval(target, score)
    return Manifest(
        task=settings.task,
        features=features,
        parameters=settings.train.model_dump() | {"best_rounds": booster.num_boosted_rounds()},
        validation=rounded(task.measure(target, score, interval)(np.ones(len(target)))),
        interval=interval,
        threshold=settings.threshold,
        features_version=features_version,
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return what the stage `environment` or `data refresh` wrote."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(f"{path} is not JSON: delete it and run `make repro`") from None
    return content


def main(
    project: Project,
    train_part: Path,
    validation_part: Path,
    environment: Path,
    sources: Path,
    model: Path,
    curve: Path,
) -> None:
    """Write the model, with its manifest, to one folder and the loss of each round to `curve`."""
    from .live import recorder  # noqa: PLC0415  imports DVC, which takes a second

    settings = params.load(project.params)
    versions, tables = read_json(environment), read_json(sources)
    rows, validation = scan_table(train_part).collect(), scan_table(validation_part).collect()
    for part in (rows, validation):
        TASKS[settings.task].refuse(part[TARGET].to_numpy())
    features = describe(rows, names(project))
    with atomic_write(curve) as part_of_curve:
        booster = project.trainer()(
            rows,
            validation,
            features=features,
            task=settings.task,
            params=settings.train,
            callbacks=[recorder(part_of_curve)],
        )
    if not isinstance(booster, xgb.Booster):
        raise InputError(
            f"{project.train} returned {type(booster).__name__}: return an xgb.Booster"
        )
    known = manifest(
        booster,
        validation,
        features=features,
        settings=settings,
        features_version=project.features_version,
    )
    origin = {
        "environment": versions,
        "sources": tables,
        "data": {path.name: sha256(path) for path in (train_part, validation_part)},
    }
    keys = key_hashes(pl.concat([rows[KEY], validation[KEY]]))  # early stopping saw the latter
    save(booster, known.model_copy(update=origin), model, keys=keys)
