"""Bins of a column: how its values are counted, so that days can be compared."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

Counts = npt.NDArray[np.int64]  # of shape (bins,), or (days, bins)

NUMBER = 10  # of bins that hold the values of a numeric column, at most
LARGEST = 20  # categories that have a bin of their own; the others share one
MISSING, UNKNOWN = 0, 1  # bins that every column has; of numbers, UNKNOWN is below the lowest
PASSING = 7  # days: a category that came within so many, and never again, counts as unknown
LONG = 4 * PASSING  # days that it takes to tell


class Bins(BaseModel):
    """The bins of one column: intervals of numbers, or categories by how often they occur.

    Bin 0 counts missing values and bin 1 values that training did not know, or not for long.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["numeric", "category"]
    edges: list[float] = []  # an interval holds its upper edge
    categories: list[str] = []
    others: list[str] = []  # they share the last bin

    @property
    def number(self) -> int:
        """Return how many bins there are."""
        return 2 + max(len(self.edges), len(self.categories) + 1)

    def label(self, place: int) -> str:
        """Return what a bin holds, for people."""
        if place == MISSING:
            return "missing"
        if self.kind == "category":
            names = ["unknown", *self.categories, "other"]
            return names[place - UNKNOWN]
        if not self.edges:
            return "any value"
        if place == UNKNOWN:
            return f"below {_text(self.edges[0])}"
        if place > len(self.edges):
            return f"above {_text(self.edges[-1])}"
        low, high = self.edges[place - 2 : place]
        alone = np.nextafter(low, np.inf) == high
        return _text(high) if alone else f"{_text(low)} to {_text(high)}"

    def count(self, values: pl.Series) -> Counts:
        """Return how many of `values` are in each bin."""
        return np.bincount(self.places(values), minlength=self.number)

    def places(self, values: pl.Series) -> Counts:
        """Return the bin of each value."""
        if self.kind == "category":
            return self._categories(values.cast(pl.String))
        numbers = values.cast(pl.Float64).to_numpy()
        found = UNKNOWN + np.searchsorted(self.edges, numbers, side="left")
        return np.where(np.isnan(numbers), MISSING, found)

    def _categories(self, values: pl.Series) -> Counts:
        known = [*self.categories, *self.others]
        codes = values.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int64)
        found = codes.clip(upper_bound=len(self.categories)) + UNKNOWN + 1
        places = found.fill_null(UNKNOWN).to_numpy()
        return np.where(values.is_null().to_numpy(), MISSING, places)


def learn(values: pl.Series, *, name: str, category: bool, days: pl.Series | None = None) -> Bins:
    """Return the bins of a column as it was in training, on `days` by their number."""
    if category:
        known = _lasting(values.cast(pl.String), days)
        return Bins(name=name, kind="category", categories=known[:LARGEST], others=known[LARGEST:])
    numbers = values.cast(pl.Float64).sort().to_numpy()
    numbers = numbers[np.isfinite(numbers)]  # JSON has no infinite edge; the outer bins count them
    # Sorting leaves -0.0 and 0.0 in an order that depends on the number of threads; a sum is 0.0.
    return Bins(name=name, kind="numeric", edges=_edges(numbers + 0.0))


def _lasting(values: pl.Series, days: pl.Series | None) -> list[str]:
    """Return the categories, the most frequent first, without those that were only passing.

    A column such as a customer's number has new values every day: passing values show how many
    unknown ones are usual.
    """
    place = pl.lit(0) if days is None else days
    seen = values.to_frame("name").with_columns(place.alias("day")).drop_nulls("name")
    span = 1 + pl.col("day").max() - pl.col("day").min()
    found = seen.group_by("name").agg(pl.len().alias("rows"), span.alias("span"))
    if days is not None and not days.is_empty() and int(days.max()) >= LONG:  # type: ignore[arg-type]
        found = found.filter(pl.col("span") > PASSING)
    return found.sort("rows", "name", descending=[True, False])["name"].to_list()


def _edges(numbers: npt.NDArray[np.float64]) -> list[float]:
    """Return the lowest and the highest of sorted `numbers`, and their deciles in between.

    A column that is often zero has equal deciles, so that zero gets a bin of its own.
    """
    if not len(numbers):
        return []
    ranks = np.ceil(np.linspace(0, 1, NUMBER + 1)[1:] * len(numbers)).astype(int) - 1
    edges = {_below(numbers[0]), *map(float, numbers[ranks])}
    if np.mean(numbers == 0) > 1 / NUMBER:
        edges |= {_below(0.0), 0.0}
    return sorted(edges)


def _below(number: float) -> float:
    return float(np.nextafter(number, -np.inf))


def _text(edge: float) -> str:
    return f"{0 if abs(edge) < np.finfo(float).tiny else edge:.4g}"  # zero, or just below it
