"""How often the rule of drift alarms in days that follow a reference."""

from collections.abc import Callable
from typing import Any

import numpy as np

WEEKS, QUIET = 39, 13  # of the reference, and of the days that follow it
ARM = 0.05  # share of the rows
CATEGORIES = ("carrier", "origin", "dest", "manufacturer")  # of the real rows
CALM_AGAIN = 7  # days after an alarm until another one counts

Days = dict[str, Any]  # counts by column, each of shape (days, bins)
Draw = Callable[[np.random.Generator], tuple[Days, Days]]  # a reference, and what follows it


def quiet(drift: Any, make: Draw, years: int) -> float:
    """Return how often a year of days without a change alarms."""
    number, days = 0, 0
    draw = np.random.default_rng(1)
    while days < years * 364:
        before, after = make(draw)
        number += episodes(drift, drift.Drift(before, categories=CATEGORIES), after)
        days += QUIET * 7
    return number / days * 364


def episodes(drift: Any, judge: Any, days: Days) -> int:
    """Return how many alarms a reader would have counted, day by day."""
    number, last = 0, -CALM_AGAIN - 1
    for day in np.flatnonzero(alarms(drift, judge, days)):
        number += day - last > CALM_AGAIN
        last = day
    return int(number)


def alarms(drift: Any, judge: Any, days: Days) -> Any:
    """Return for each day whether the window of one day or of seven alarms, as `compare` does."""
    found = np.zeros(len(next(iter(days.values()))), dtype=bool)
    for length in (1, 7):
        sums = {name: drift.windows(counts, length) for name, counts in days.items()}
        sizes = np.max([each.sum(axis=1) for each in sums.values()], axis=0) // length
        known = [judge.quiet(length, int(size)) for size in sizes]
        for quiet in {id(each): each for each in known}.values():
            of_size = np.array([each is quiet for each in known])
            found[length - 1 :] |= of_size & _any_above(drift, judge, quiet, sums)
    return found


def _any_above(drift: Any, judge: Any, quiet: Any, sums: dict[str, Any]) -> Any:
    above = np.zeros(len(next(iter(sums.values()))), dtype=bool)
    for (name, part), far in quiet.usual.items():
        of = drift.PARTS[part]
        distance = drift.jensen_shannon(of(sums[name]), of(judge.total(name)))
        above |= distance / far >= quiet.limits[name, part]
    return above
