"""Stage `train`: lets the project fit its model, and saves it with its manifest."""

import json
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import polars as pl

from .. import params
from ..data.features import names, watched
from ..data.split import key_hashes
from ..data.table import KEY, TARGET
from ..errors import InputError
from ..files import atomic_write, scan_table, sha256
from ..params import Params
from ..project import Project
from ..settings import Section, validate
from . import costs
from .artifact import Manifest, save
from .contents import content_hashes
from .contributions import typical
from .encoding import Feature, describe, encode
from .labels import classes, coded, refuse
from .metrics import certainty, rounded
from .model import FORMATS, Model, from_bytes
from .reference import SCORE, Reference
from .reference import describe as count
from .task import TASKS


def manifest(
    model: Model,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
    settings: Params,
    features_version: int,
    names: Sequence[str] = (),
) -> Manifest:
    """Return the manifest of `model`, with interval and metrics from the validation part.

    `names` are those of the classes. If the threshold is to be the cheapest, it is chosen here.
    """
    names = list(names)
    task = TASKS[settings.task]
    matrix, target = encode(validation, features), validation[TARGET].to_numpy()
    score = model.score(matrix)
    task.refuse_scores(score, len(target))
    interval = task.interval(target, score)
    threshold = None if settings.threshold == "cheapest" else settings.threshold
    if settings.costs is not None and settings.task != "regression":
        of_errors = costs.matrix(settings.costs, names)  # or refuse what it lacks
        if settings.threshold == "cheapest":
            threshold = costs.cheapest(target, score, of_errors)
    exact = model.contributions(matrix[:1], features) is not None
    return Manifest(
        task=settings.task,
        features=features,
        parameters=dict(settings.train) | model.facts,
        validation=rounded(task.measure(target, score, interval)(np.ones(len(target)))),
        interval=interval,
        threshold=threshold,
        costs=settings.costs,
        classes=names,
        features_version=features_version,
        reproducible=bool(model.reproducible),
        typical=[] if exact else typical(matrix),
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
    settings = params.load(project.params)
    versions, tables = read_json(environment), read_json(sources)
    rows, validation = scan_table(train_part).collect(), scan_table(validation_part).collect()
    refuse(rows[TARGET], settings.task)
    labels = classes(rows[TARGET]) if settings.task == "multiclass" else []
    rows, validation = coded(rows, labels), coded(validation, labels)
    for part in (rows, validation):
        TASKS[settings.task].refuse(part[TARGET].to_numpy())
    features = describe(rows, names(project))
    trainer = project.trainer()
    settings = settings.model_copy(update={"train": own_section(trainer, settings.train)})
    given = {"features": features, "task": settings.task, "params": settings.train}
    with atomic_write(curve) as part_of_curve:
        found = trainer(rows, validation, **given, **callbacks(trainer, part_of_curve))
    if getattr(found, "format", None) not in FORMATS:
        raise InputError(
            f"{project.train} returned {type(found).__name__}: return an XgboostModel or an"
            " OnnxModel of machinery/model/"
        )
    from_bytes(found.format, found.to_bytes(), f"the model of {project.train}")  # or refuse it
    reproducible = found.reproducible
    if reproducible is None:
        reproducible = trainer(rows, validation, **given).to_bytes() == found.to_bytes()
    known = manifest(
        found,
        validation,
        features=features,
        settings=settings,
        features_version=project.features_version,
        names=labels,
    )
    origin = {
        "environment": versions,
        "sources": tables,
        "data": {path.name: sha256(path) for path in (train_part, validation_part)},
        "reproducible": reproducible,
    }
    learned = (rows, validation)  # early stopping saw the latter
    keys = key_hashes(pl.concat([part[KEY] for part in learned]))
    contents = np.concatenate([content_hashes(part, features) for part in learned])
    counts = reference(project, found, *learned, features=features)
    known = known.model_copy(update=origin)
    save(found, known, model, keys=keys, contents=contents, reference=counts.to_bytes())


def reference(
    project: Project,
    model: Model,
    rows: pl.DataFrame,
    validation: pl.DataFrame,
    *,
    features: list[Feature],
) -> Reference:
    """Return the daily counts of both parts, and of the scores of the validation part."""
    time = project.row.time
    known = [feature.name for feature in features] + [time] * bool(time)
    scores = certainty(model.score(encode(validation, features)))
    given = pl.concat(
        [
            rows.select(known).with_columns(pl.lit(None, pl.Float64).alias(SCORE)),
            validation.select(known).with_columns(pl.Series(SCORE, scores, dtype=pl.Float64)),
        ]
    )
    watch = [Feature(name=name, kind="numeric") for name in project.row.watched]
    given = watched(project, given)
    return count(given, features=[*features, *watch], scores=given[SCORE], time=time)


def own_section(trainer: Callable[..., Any], given: Any) -> Any:
    """Return the section `train` as the class that the annotation of train()'s `params` names."""
    kind = get_type_hints(trainer).get("params")
    if isinstance(kind, type) and issubclass(kind, Section):
        return validate(kind, given, "train")
    return given


def callbacks(trainer: Callable[..., Any], curve: Path) -> dict[str, Any]:
    """Return the callbacks that write the loss of each round to `curve`, if train() takes them."""
    curve.mkdir(parents=True)
    if "callbacks" not in signature(trainer).parameters:
        return {}
    from .live import recorder  # noqa: PLC0415  imports DVC and XGBoost, which take seconds

    return {"callbacks": [recorder(curve)]}
