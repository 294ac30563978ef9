"""The reference of a model: daily counts of its features and scores, as they were in training."""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError
from ..files import read_file
from .bins import Bins, Counts, learn
from .encoding import Feature

FILE = "reference.json"
LARGEST = 2**28  # bytes of that file
SCORE = "(score)"  # the column of the scores, which no feature is called


class Column(BaseModel):
    """The bins of a feature or of the scores, and the rows in each of them by day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bins: Bins
    counts: list[list[int]]  # a list for each day

    def by_day(self) -> Counts:
        """Return the counts as an array of shape (days, bins)."""
        return np.array(self.counts, dtype=np.int64).reshape(-1, self.bins.number)


class Reference(BaseModel):
    """What monitoring compares later days with; without a time of the rows, all is one day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    days: list[str]  # ISO dates
    columns: list[Column]

    def to_bytes(self) -> bytes:
        """Return the content of its file."""
        return self.model_dump_json().encode() + b"\n"


def describe(
    rows: pl.DataFrame, *, features: list[Feature], scores: pl.Series, time: str | None
) -> Reference:
    """Return the daily counts of the `features` of `rows` and of their `scores`.

    A row without a score counts in the features alone: a model scores the rows that it learned
    from better than any others.
    """
    day = rows[time].cast(pl.Date).cast(pl.String) if time else _all_one_day(rows)
    days = day.unique().sort()
    number = (day.rank("dense") - 1).cast(pl.Int64)
    columns = [
        _column(rows[each.name], number, name=each.name, category=each.kind == "category")
        for each in features
    ]
    scored = scores.is_not_null()
    known = _column(
        scores.filter(scored), number.filter(scored), name=SCORE, category=False, days=len(days)
    )
    return Reference(days=days.to_list(), columns=[*columns, known])


def _all_one_day(rows: pl.DataFrame) -> pl.Series:
    return pl.Series(["always"], dtype=pl.String).new_from_index(0, rows.height)


def _column(
    values: pl.Series, day: pl.Series, *, name: str, category: bool, days: int | None = None
) -> Column:
    bins = learn(values, name=name, category=category, days=day)
    days = int(day.max() or 0) + 1 if days is None else days  # type: ignore[arg-type]
    cells = day.to_numpy() * bins.number + bins.places(values)
    counts = np.bincount(cells, minlength=days * bins.number)
    return Column(bins=bins, counts=counts.reshape(days, bins.number).tolist())


def read(folder: Path, sha256: str) -> Reference | None:
    """Read the reference of the model in `folder`, whose manifest holds `sha256`.

    Returns None for a model of an earlier version, which has none. Raises InputError when the file
    is missing or is not what the manifest says.
    """
    if not sha256:
        return None
    try:
        content = read_file(folder / FILE, LARGEST)
    except OSError as error:
        raise InputError(f"{folder / FILE}: {error.strerror}: fetch the model again") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{folder / FILE} is not what the manifest says: fetch the model again")
    try:
        return Reference.model_validate_json(content)
    except ValidationError:
        raise InputError(f"{folder / FILE} was written by newer code: update the project") from None
