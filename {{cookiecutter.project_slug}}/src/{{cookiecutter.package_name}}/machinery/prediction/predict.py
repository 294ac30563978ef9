"""The core of batch and service: a table of rows comes in, a table of answers goes out."""

import numpy as np
import polars as pl

from ..data.features import features
from ..data.table import KEY
from ..model.artifact import Artifact, Manifest
from ..model.costs import likely
from ..model.metrics import Floats, certainty
from .arms import Arms
from .rollout import CHALLENGER, HOLDOUT, assign


def predict(rows: pl.DataFrame, arms: Arms, *, contributions: int = 0) -> pl.DataFrame:
    """Return the answer for each of `rows`, in their order.

    The columns are key, score, decision (by the project's decide(); the default in the holdout),
    arm and model_version; with `contributions`, the features that moved the score most; with a
    shadow, the score and version of the challenger.
    """
    arm = assign(rows[arms.rollout.assign_by], arms.rollout)
    table = features(arms.project, rows).hstack([rows[KEY]])
    # Column by column: for a single row, each plan of expressions costs as much as the model.
    answers = _by_model(table, arm, arms, contributions)
    if arms.rollout.holdout and (held := arm == HOLDOUT).any():
        default = pl.lit(arms.rollout.default_decision)
        answers = answers.with_columns(decision=pl.when(held).then(default).otherwise("decision"))
    answers.insert_column(3, arm)
    if arms.rollout.shadow and arms.challenger:
        answers = answers.with_columns(
            shadow_score=pl.Series(certainty(arms.challenger.score(table)), dtype=pl.Float64),
            shadow_version=pl.lit(arms.challenger.version),
        )
    return answers


def _by_model(table: pl.DataFrame, arm: pl.Series, arms: Arms, contributions: int) -> pl.DataFrame:
    """Return the challenger's answers where its arm is, and the champion's elsewhere."""
    if arms.challenger is None or not (challenged := arm == CHALLENGER).any():
        return _answers(table, arms.champion, arms, contributions)
    parts = [
        _answers(table.filter(challenged), arms.challenger, arms, contributions),
        _answers(table.filter(~challenged), arms.champion, arms, contributions),
    ]
    places = np.argsort(~challenged.to_numpy(), kind="stable")  # of the rows of both parts
    return pl.concat(parts)[np.argsort(places)]


def _answers(table: pl.DataFrame, model: Artifact, arms: Arms, contributions: int) -> pl.DataFrame:
    """Return key, score, decision, version and, if requested, contributions of one model."""
    scores = model.score(table)
    score = pl.Series("score", certainty(scores), dtype=pl.Float64)
    decision = arms.project.decide(score, model.manifest.threshold).alias("decision")
    version = pl.Series("model_version", [model.version]).new_from_index(0, len(score))
    answers = pl.DataFrame([table[KEY], score, decision, *_labels(scores, model.manifest), version])
    return answers.with_columns(_largest(table, model, contributions)) if contributions else answers


def _labels(scores: Floats, manifest: Manifest) -> list[pl.Series]:
    """Return, if there are classes, the one to decide for each row, and the scores of all."""
    names = manifest.classes
    if not names:
        return []
    places = likely(scores, manifest.costs, names)
    label = pl.Series("label", np.array(names)[places], dtype=pl.String)
    columns = {name: scores[:, place] for place, name in enumerate(names)}
    return [label, pl.DataFrame(columns).to_struct("scores")]


def _largest(table: pl.DataFrame, model: Artifact, number: int) -> pl.Series:
    """Return the `number` features that moved each score most, in the model's own unit.

    The unit of a probability is its log-odds: the sum of all contributions and a constant.
    """
    values = model.contributions(table)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :number]
    names = np.array([feature.name for feature in model.manifest.features])
    largest = pl.DataFrame(
        {
            f"{what}{place}": pl.Series(column, dtype=kind)
            for place, row in enumerate(order.T)
            for what, column, kind in (
                ("feature", names[row], pl.String),
                ("value", values[np.arange(len(row)), row], pl.Float64),
            )
        }
    )
    pairs = [
        pl.struct(feature=f"feature{place}", value=f"value{place}")
        for place in range(order.shape[1])
    ]
    return largest.select(contributions=pl.concat_list(pairs)).to_series()
