"""The core that all doors share: a table of raw joined rows in, a table of scores out."""

import polars as pl

from ..data.features import features
from ..data.schema import KEY
from ..model.artifact import Artifact


def predict(rows: pl.DataFrame, artifact: Artifact) -> pl.DataFrame:
    """Return `key`, `score` and `model_version` for each of `rows`, in their order."""
    table = features(rows)
    return table.select(
        KEY,
        score=pl.Series(artifact.score(table)),
        model_version=pl.lit(artifact.version),
    )
