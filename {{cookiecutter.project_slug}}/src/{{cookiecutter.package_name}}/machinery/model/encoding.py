"""Features as numbers: the matrix of float32 that every model learns from and scores."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from ..errors import InputError

Matrix = npt.NDArray[np.float32]  # of shape (rows, features)


class Feature(BaseModel):
    """A feature's name, kind, and, where it is a category, the values seen in training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["numeric", "category"]
    categories: list[str] = []


def describe(features: pl.DataFrame, names: list[str]) -> list[Feature]:
    """Return the features `names` as they occur in the training rows: strings are categories."""
    return [
        Feature(name=name, kind="category", categories=_values(features[name]))
        if features[name].dtype == pl.String
        else Feature(name=name, kind="numeric")
        for name in names
    ]


def _values(column: pl.Series) -> list[str]:
    return column.drop_nulls().unique().sort().to_list()


def encode(rows: pl.DataFrame, features: list[Feature]) -> Matrix:
    """Return `features` of `rows` as float32 of shape (rows, features).

    A category is its place in the manifest's list; a missing value and an unknown category are NaN.
    """
    missing = [feature.name for feature in features if feature.name not in rows.columns]
    if missing:
        raise InputError(f"the model needs {', '.join(missing)}: give it the features it knows")
    return rows.select(_number(feature) for feature in features).to_numpy(order="c")


def _number(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    if feature.kind == "category":
        column = column.cast(pl.Enum(feature.categories), strict=False).to_physical()
    return column.cast(pl.Float32)
