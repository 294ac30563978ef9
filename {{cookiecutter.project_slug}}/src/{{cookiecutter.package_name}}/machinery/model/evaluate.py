"""Measures the candidate on the test part, next to a linear model and a constant."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from .. import params
from ..data.table import KEY, TARGET
from ..errors import InputError, meant
from ..files import scan_table, write_folder, write_json
from ..params import Evaluate
from ..project import Project
from .artifact import Artifact, Manifest, load
from .bands import banded, outcomes
from .baselines import Model, constant, linear
from .bootstrap import FEWEST, Group, compare, resamples, units
from .by_class import by_class
from .curves import by_month
from .encoding import encode
from .evaluation import Evaluation, Importance, Measured, Tested
from .expected import Decide, at_least, expected_costs, thresholds
from .importance import importance
from .labels import coded
from .metrics import Floats, certainty
from .task import TASKS, Task
from .unlisted import look


def models(artifact: Artifact, train: pl.DataFrame) -> dict[str, Model]:
    """Return the candidate and the baselines, fitted on the same rows with the same columns."""
    features = artifact.manifest.features
    matrix, target = encode(train, features), train[TARGET].to_numpy()
    estimator = TASKS[artifact.manifest.task].linear()
    return {
        "model": artifact.model.score,
        "linear": linear(matrix, target, features=features, estimator=estimator),
        "constant": constant(target, len(artifact.manifest.classes)),
    }


def slices(rows: pl.DataFrame, settings: Evaluate) -> dict[str, Any]:
    """Return the row numbers of `overall` and of each `column=value` with `min_rows` rows.

    A slice also needs FEWEST units, because a bootstrap of fewer says nothing.
    """
    found, unit = {"overall": np.arange(rows.height)}, units(rows)
    for column in settings.slices:
        if column not in rows.columns:
            raise InputError(
                f"params.yaml: evaluate.slices names {column!r}, which is not a feature"
                f"{meant(column, rows.columns)}"
            )
        values = pl.DataFrame({"value": rows[column], "row": np.arange(rows.height)})
        members = values.group_by("value").agg("row").sort("value")
        found |= {
            f"{column}={value}": np.array(row)
            for value, row in members.rows()
            if len(row) >= settings.min_rows and len(np.unique(unit[row])) >= FEWEST
        }
    return found


def grouped(
    task: Task,
    rows: pl.DataFrame,
    *,
    scores: dict[str, Floats],
    widths: dict[str, float | None],
    settings: Evaluate,
) -> dict[str, Group]:
    """Return each slice of `rows`, ready to measure the models' scores on it."""
    target = rows[TARGET].to_numpy()
    return {
        label: Group(
            members,
            {
                name: task.measure(target[members], score[members], widths[name])
                for name, score in scores.items()
            },
        )
        for label, members in slices(rows, settings).items()
    }


def evaluate(
    artifact: Artifact,
    *,
    train: pl.DataFrame,
    validation: pl.DataFrame,
    test: pl.DataFrame,
    settings: Evaluate,
    time: str | None,
    unit: str,
    decide: Decide = at_least,
) -> tuple[Evaluation, dict[str, pl.DataFrame]]:
    """Return the measurements on `test`, and the tables behind the plots."""
    task, features = TASKS[artifact.manifest.task], artifact.manifest.features
    checked, outcome = encode(validation, features), validation[TARGET].to_numpy()
    matrix, target = encode(test, features), test[TARGET].to_numpy()
    task.refuse(target)
    fitted = models(artifact, train)
    scores = {name: model(matrix) for name, model in fitted.items()}
    held = {name: model(checked) for name, model in fitted.items()}
    widths = {name: task.interval(outcome, score) for name, score in held.items()}
    groups = grouped(task, test, scores=scores, widths=widths, settings=settings)
    rounds, seed = settings.bootstrap_rounds, settings.seed
    compared = compare(groups, units=units(test), rounds=rounds, seed=seed)
    weights, measure = importance(artifact, matrix, target, seed=seed)
    own, weights_of_rows = scores["model"], resamples(units(test), rounds=rounds, seed=seed)
    plots = {
        **banded(task.curves(target, scores), target, own, weights_of_rows),
        **outcomes(target, own, binary=artifact.manifest.task == "binary"),
        "importance": weights,
        "scores": by_month(test, certainty(own), time=time),
    }
    limits = thresholds(artifact.manifest, outcome, held)
    compared_costs, curve = expected_costs(
        artifact.manifest, test, scores, thresholds=limits, settings=settings, decide=decide
    )
    plots |= curve
    importances = [Importance(**row) for row in weights.to_dicts()]
    measured = Evaluation(
        model=identity(artifact, importance=measure),
        test=tested(test, time=time, unit=unit),
        slices=compared,
        importance=importances,
        costs=compared_costs,
        classes=by_class(target, scores["model"], artifact.manifest.classes),
        unlisted=look(
            task,
            test,
            scores["model"],
            scores["linear"],
            target=target,
            features=features,
            time=time,
            settings=settings,
        ),
    )
    return measured, plots


def tested(rows: pl.DataFrame, *, time: str | None, unit: str) -> Tested:
    """Return which `rows` were measured, so that two metrics of different rows are told apart."""
    days = rows[time].cast(pl.Date).cast(pl.String).sort().to_list() if time else [None]
    digest = sha256("\n".join(rows[KEY].cast(pl.String)).encode()).hexdigest()
    count = int(units(rows).max()) + 1
    return Tested(
        rows=rows.height,
        first=days[0],
        last=days[-1],
        keys=digest[:12],
        unit="row" if count == rows.height else unit,
        units=count,
    )


def headlines(evaluation: Evaluation, manifest: Manifest) -> dict[str, Any]:
    """Return the few numbers that `dvc metrics` shows, and the rows that they were measured on.

    Validation's help to choose a model.
    """
    overall, headline = evaluation.overall, evaluation.model.headline
    values = {name: metric.value for name, metric in overall.models["model"].items()}
    margin = {f"{headline}_minus_linear": overall.difference_to["linear"][headline].model_dump()}
    rows = evaluation.test.model_dump(exclude_none=True, exclude={"unit", "units"})
    return values | margin | {"test": rows, "validation": manifest.validation}


def identity(artifact: Artifact, *, importance: Literal["gain", "permutation"]) -> Measured:
    """Return which model was measured, with the parts of its manifest that readers need."""
    manifest = artifact.manifest.model_dump(mode="json")
    known = {name: manifest[name] for name in Measured.model_fields if name in manifest}
    headline = TASKS[artifact.manifest.task].headline
    return Measured(**known, headline=headline, importance=importance)


def main(
    project: Project,
    model: Path,
    train: Path,
    validation: Path,
    test: Path,
    metrics: Path,
    evaluation: Path,
    plots: Path,
) -> None:
    """Write the headline `metrics`, the whole `evaluation`, and a CSV a plot to folder `plots`."""
    artifact = load(model, project.features_version)
    names = artifact.manifest.classes
    with threadpool_limits(1, user_api="blas"):  # with more threads, sums differ in the last digits
        settings = params.load(project.params)
        measured, tables = evaluate(
            artifact,
            train=coded(scan_table(train).collect(), names),
            validation=coded(scan_table(validation).collect(), names),
            test=coded(scan_table(test).collect(), names),
            settings=settings.evaluate,
            time=project.row.time,
            unit=settings.split.unit,
            decide=project.decide,
        )

    def fill(folder: Path) -> None:
        for name, table in tables.items():
            table.write_csv(folder / f"{name}.csv", float_precision=6)

    write_json(measured.model_dump(mode="json"), evaluation)
    write_json(headlines(measured, artifact.manifest), metrics)
    write_folder(fill, plots)
