"""Simulated columns, calm or restless from day to day, one of which may change."""

from typing import Any

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm

from .alarms import ARM, QUIET, WEEKS, Days, alarms

ROWS = 900  # a day
BINS = 10
# The standard deviation of a day's mean, in those of the rows of a day.
KINDS = {"calm": 0.05, "middle": 0.3, "restless": 1.0}


def simulated(
    draw: np.random.Generator, *, kind: str = "", shift: float = 0.0, missing: float = 0.0
) -> tuple[Days, Days]:
    """Return 24 columns whose days depend on the day before; the first of `kind` changes."""
    edges = norm.ppf(np.arange(1, BINS) / BINS)
    before, after = {}, {}
    for number in range(24):
        name = list(KINDS)[number % 3]
        days = (WEEKS + QUIET) * 7
        deviation, memory = KINDS[name], draw.uniform(0.3, 0.9)
        level = deviation * walk(draw, days, memory)
        absent = 1 / (1 + np.exp(3 - 0.2 * walk(draw, days, memory)))
        if name == kind and number < 3:
            level[WEEKS * 7 :] += shift
            absent[WEEKS * 7 :] = np.minimum(absent[WEEKS * 7 :] + missing, 1)
        scaled = edges * np.sqrt(1 + deviation**2)
        below = norm.cdf(scaled[None, :] - level[:, None])
        shares = np.diff(below, axis=1, prepend=0, append=1) * (1 - absent[:, None])
        counts = draw.multinomial(ROWS, np.column_stack([absent, np.zeros(days), shares]))
        before[f"{name} {number}"], after[f"{name} {number}"] = np.split(counts, [WEEKS * 7])
    return before, after


def simulated_arm(draw: np.random.Generator) -> tuple[Days, Days]:
    """Return the same with a twentieth of the rows in the days that follow."""
    before, after = simulated(draw)
    return before, {name: draw.binomial(each, ARM) for name, each in after.items()}


def walk(draw: np.random.Generator, days: int, memory: float) -> Any:
    """Return an autoregressive series with mean 0 and standard deviation 1."""
    steps = draw.standard_normal(days) * np.sqrt(1 - memory**2)
    steps[0] = draw.standard_normal()
    return lfilter([1.0], [1.0, -memory], steps)


def found(
    drift: Any, kind: str, *, days: int, shift: float, missing: float, rounds: int = 200
) -> float:
    """Return in which share of the rounds a change of one column alarms within `days`."""
    draw, hits = np.random.default_rng(2), 0
    for _ in range(rounds):
        before, after = simulated(draw, kind=kind, shift=shift, missing=missing)
        judge = drift.Drift(before)
        hits += bool(alarms(drift, judge, after)[:days].any())
    return hits / rounds
