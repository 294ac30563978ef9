"""Slices that nobody listed: each value of each category, deciles, hours and weekdays.

Hundreds of slices cannot have a bootstrap each, so they are compared by the loss of each row, with
the variance between units (days, or groups), and the bound is corrected for their number.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import stdtrit

from ..params import Evaluate
from .bootstrap import FEWEST, units
from .encoding import Feature
from .evaluation import Look, Unlisted
from .metrics import DIGITS, Floats, certainty
from .task import Task

Places = npt.NDArray[np.int64]

# Of finding anything by chance. Hours and weekdays have more of it, because they are few, and a
# model that fails in one of them is found earlier. The values of features are hundreds.
BY_TIME, BY_FEATURE = 0.025, 0.005
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FLAT = 0.1  # a rival that hardly varies in a slice says nothing about it
HARMS = 0.02  # of the rival's loss: a tree is rightly flat where only noise is left


def look(
    task: Task,
    rows: pl.DataFrame,
    score: Floats,
    rival: Floats,
    *,
    target: Floats,
    features: list[Feature],
    time: str | None,
    settings: Evaluate,
) -> Unlisted:
    """Return the slices in which the candidate is worst compared with the rival.

    `worst` has the largest loss beyond chance: `gain` is the share of the rival's loss, `high` its
    upper bound. `flattest` has scores that vary least, of the slices in which the rival's loss is
    lower by HARMS: `spread` is that of the candidate's scores, compared with all rows, as a share
    of the same for the rival.
    """
    losses, others = task.loss(target, score), task.loss(target, rival)
    unit, sure, known = units(rows), certainty(score), certainty(rival)
    families = [(BY_TIME, _by_time(rows, time)), (BY_FEATURE, _by_feature(rows, features))]
    found = []
    for alpha, family in families:
        large = [
            (name, members)
            for name, members in family
            if len(members) >= settings.min_rows and len(np.unique(unit[members])) >= FEWEST
        ]
        for name, members in large:
            gain, high = _gain(
                others[members] - losses[members],
                unit[members],
                float(others[members].mean()),
                alpha / len(large),
            )
            found.append(
                Look(
                    name=name,
                    rows=len(members),
                    gain=round(gain, DIGITS),
                    high=round(high, DIGITS),
                    spread=_spread(sure, known, members),
                )
            )
    flat = [each for each in found if each.spread is not None and each.gain < -HARMS]
    return Unlisted(
        looks=len(found),
        worst=min(found, key=lambda each: each.high, default=None),
        flattest=min(flat, key=lambda each: each.spread or 0.0, default=None),
    )


def _gain(gains: Floats, unit: Places, than: float, alpha: float) -> tuple[float, float]:
    """Return the mean of `gains` as a share of `than`, and its upper bound by Student's t."""
    mean = float(gains.mean())
    _, place = np.unique(unit, return_inverse=True)
    count = int(place.max()) + 1
    residuals = np.bincount(place, weights=gains - mean)
    error = np.sqrt((residuals**2).sum() * count / (count - 1)) / len(gains)
    bound = mean + float(stdtrit(count - 1, 1 - alpha)) * error
    scale = max(than, 10.0**-DIGITS)
    return mean / scale, bound / scale


def _spread(score: Floats, rival: Floats, members: Places) -> float | None:
    own, other = (_width(each[members]) / max(_width(each), 1e-12) for each in (score, rival))
    return round(own / other, DIGITS) if other >= FLAT else None


def _width(score: Floats) -> float:
    low, high = np.quantile(score, (0.05, 0.95))
    return float(high - low)


def _by_time(rows: pl.DataFrame, time: str | None) -> Iterator[tuple[str, Places]]:
    """Yield the rows of each weekday and, where the time has hours, of each hour in UTC."""
    if time is None or time not in rows.columns:
        return
    moment = rows[time]
    for number, members in _members(moment.dt.weekday()):
        yield f"{DAYS[int(number) - 1]}s by {time}", members
    if moment.dtype != pl.Date:
        for number, members in _members(moment.dt.hour()):
            yield f"{int(number)} o'clock by {time}", members


def _by_feature(rows: pl.DataFrame, features: list[Feature]) -> Iterator[tuple[str, Places]]:
    """Yield the rows of each value of a category, of each decile of a number, and without value."""
    for feature in features:
        column = rows[feature.name]
        if feature.kind == "numeric":
            column = column.cast(pl.Float64).fill_nan(None)
            found = {column.quantile(each / 10) for each in range(1, 10)}
            edges = sorted(each for each in found if each is not None)
            names = np.array(["lowest", *(f"from {low:g}" for low in edges)])
            bins = np.digitize(column.fill_null(0.0).to_numpy(), np.array(edges, dtype=float))
            column = pl.Series(names[bins]).set(column.is_null(), None)
        for value, members in _members(column):
            yield f"{feature.name} {'missing' if value is None else value}", members


def _members(column: pl.Series) -> Iterator[tuple[Any, Places]]:
    table = pl.DataFrame({"value": column, "row": np.arange(len(column))})
    found = table.group_by("value").agg("row").sort("value")
    for value, members in zip(found["value"], found["row"], strict=True):
        yield value, members.to_numpy()
