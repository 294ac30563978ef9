"""Measures the candidate on the sealed part, beside a linear model and a constant."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from .. import params
from ..data.schema import TARGET
from ..files import scan_table, write_folder, write_json
from ..params import Evaluate
from ..stage import InputError, stage
from .artifact import Artifact, Manifest, encode, load, score_matrix
from .baselines import Model, constant, linear
from .bootstrap import Group, compare
from .curves import by_month
from .importance import importance
from .metrics import Floats
from .problem import PROBLEMS, Problem


def models(artifact: Artifact, train: pl.DataFrame) -> dict[str, Model]:
    """Return the candidate and the baselines, fitted on the same rows with the same columns."""
    features = artifact.manifest.features
    matrix, target = encode(train, features), train[TARGET].to_numpy()
    estimator = PROBLEMS[artifact.manifest.problem].linear()
    return {
        "model": lambda rows: score_matrix(artifact.booster, rows),
        "linear": linear(matrix, target, features=features, estimator=estimator),
        "constant": constant(target),
    }


def slices(rows: pl.DataFrame, how: Evaluate) -> dict[str, Any]:
    """Return the row numbers of `overall` and of each `column=value` with `min_rows` rows."""
    found = {"overall": np.arange(rows.height)}
    for column in how.slices:
        if column not in rows.columns:
            raise InputError(f"params.yaml: evaluate.slices names {column!r}, which is no feature")
        members = rows.with_row_index("row").group_by(column).agg("row").sort(column)
        found |= {
            f"{column}={value}": np.array(row)
            for value, row in members.rows()
            if len(row) >= how.min_rows
        }
    return found


def grouped(
    problem: Problem,
    rows: pl.DataFrame,
    *,
    scores: dict[str, Floats],
    widths: dict[str, float | None],
    how: Evaluate,
) -> dict[str, Group]:
    """Return each slice of `rows`, ready to measure the models' scores on it."""
    target = rows[TARGET].to_numpy()
    return {
        label: Group(
            members,
            {
                name: problem.measure(target[members], score[members], widths[name])
                for name, score in scores.items()
            },
        )
        for label, members in slices(rows, how).items()
    }


def evaluate(
    artifact: Artifact,
    *,
    train: pl.DataFrame,
    validation: pl.DataFrame,
    sealed: pl.DataFrame,
    how: Evaluate,
) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """Return what was measured on `sealed`, and the tables behind the plots."""
    problem, features = PROBLEMS[artifact.manifest.problem], artifact.manifest.features
    checked, outcome = encode(validation, features), validation[TARGET].to_numpy()
    matrix, target = encode(sealed, features), sealed[TARGET].to_numpy()
    problem.refuse(target)
    fitted = models(artifact, train)
    scores = {name: model(matrix) for name, model in fitted.items()}
    widths = {name: problem.interval(outcome, model(checked)) for name, model in fitted.items()}
    groups = grouped(problem, sealed, scores=scores, widths=widths, how=how)
    compared = compare(groups, rows=sealed.height, rounds=how.bootstrap_rounds, seed=how.seed)
    weights = importance(artifact, matrix, target, seed=how.seed)
    plots = {
        **problem.curves(target, scores),
        "importance": weights,
        "scores": by_month(sealed, scores["model"]),
    }
    return {**compared, "importance": weights.to_dicts()}, plots


def headlines(evaluation: dict[str, Any], manifest: Manifest) -> dict[str, Any]:
    """Return the few numbers that `dvc metrics` shows; validation's are there to choose by."""
    overall, headline = evaluation["overall"], PROBLEMS[manifest.problem].headline
    values = {name: metric["value"] for name, metric in overall["models"]["model"].items()}
    margin = {f"{headline}_minus_linear": overall["difference_to"]["linear"][headline]}
    return values | margin | {"validation": manifest.validation}


def identity(artifact: Artifact) -> dict[str, Any]:
    """Return which model was measured: what of its manifest a reader of the measurements needs."""
    known = {"sha256", "problem", "threshold", "interval", "parameters", "environment", "data"}
    headline = PROBLEMS[artifact.manifest.problem].headline
    return artifact.manifest.model_dump(mode="json", include=known) | {"headline": headline}


def main(
    model: Path,
    train: Path,
    validation: Path,
    sealed: Path,
    metrics: Path,
    evaluation: Path,
    plots: Path,
) -> None:
    """Write the headline `metrics`, the whole `evaluation`, and a CSV a plot to folder `plots`."""
    artifact = load(model)
    with threadpool_limits(1, user_api="blas"):  # sums over threads differ in the last digits
        measured, tables = evaluate(
            artifact,
            train=scan_table(train).collect(),
            validation=scan_table(validation).collect(),
            sealed=scan_table(sealed).collect(),
            how=params.load().evaluate,
        )

    def fill(folder: Path) -> None:
        for name, table in tables.items():
            table.write_csv(folder / f"{name}.csv", float_precision=6)

    write_json({"model": identity(artifact), **measured}, evaluation)
    write_json(headlines(measured, artifact.manifest), metrics)
    write_folder(fill, plots)


if __name__ == "__main__":
    stage(main)
