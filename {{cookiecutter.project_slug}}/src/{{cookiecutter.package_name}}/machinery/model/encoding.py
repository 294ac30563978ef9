"""Features as numbers: the matrix of float32 that every model learns from and scores."""

from functools import lru_cache
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
    # Column by column: for a single row, a plan of expressions costs more than the model.
    places = _places(rows, [feature for feature in features if feature.kind == "category"])
    numbers = [(places if each.kind == "category" else rows)[each.name] for each in features]
    return pl.DataFrame([column.cast(pl.Float32) for column in numbers]).to_numpy(order="c")


def _places(rows: pl.DataFrame, features: list[Feature]) -> pl.DataFrame:
    """Return the place of each value in its feature's list of categories, by one plan for all."""
    columns = [
        rows[feature.name].cast(_enum(tuple(feature.categories)), strict=False)
        for feature in features
    ]
    return pl.DataFrame(columns).select(pl.all().to_physical())


@lru_cache(maxsize=1024)
def _enum(categories: tuple[str, ...]) -> pl.Enum:
    return pl.Enum(categories)
