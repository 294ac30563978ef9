"""Features as numbers: the matrix of float32 that every model learns from and scores."""

from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from ..errors import InputError

Matrix = npt.NDArray[np.float32]  # of shape (rows, features)

FEW = 1_000  # rows: to encode one feature after the other is faster than in several threads


class Feature(BaseModel):
    """A feature's name, kind, and, where it is a category, the values seen in training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["numeric", "category"]
    categories: list[str] = []

    def __eq__(self, other: object) -> bool:
        """Compare only the fields, because two expressions of Polars cannot be compared."""
        return isinstance(other, Feature) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        """Return the hash of the name, which is the same for equal features."""
        return hash(self.name)

    @cached_property
    def encoded(self) -> pl.Expr:
        """Return the feature as float32; a missing value and an unknown category are null."""
        column = pl.col(self.name)
        if self.kind == "category":
            column = column.cast(pl.Enum(self.categories), strict=False).to_physical()
        return column.cast(pl.Float32)


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
    known = set(rows.columns)
    missing = [feature.name for feature in features if feature.name not in known]
    if missing:
        raise InputError(f"the model needs {', '.join(missing)}: give it the features it knows")
    # One plan for all features, made once: for a single row, its making would take as long.
    plan = [feature.encoded for feature in features]
    columns = rows.select_seq(plan) if rows.height <= FEW else rows.select(plan)
    return columns.to_numpy(order="c")
