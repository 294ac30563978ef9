"""Drift: whether inputs or scores of an arm moved further than the reference ever did by itself.

The distance of a window of days to the reference is divided by how far the reference's own windows
usually are from the rest of it. An alarm needs this ratio to exceed the reference's own largest, of
all columns or, by more, of the same column. The factors depend on how long the reference is.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ..model.bins import Counts
from ..model.reference import Reference
from .distance import jensen_shannon, missing, thinned, unknown, usual, values, windows

# Alarm above so many times the reference's own largest ratio, from so many days of reference on.
FACTORS = {39 * 7: 1.5, 17 * 7: 1.75}
OWN = 2  # times as much is needed of the column's own largest ratio
FEWEST = 20  # rows of a window, below which it says nothing
STEP = 1.25  # between the sizes of days to which a reference is thinned

VALUES, MISSING, UNKNOWN = "values", "missing", "unknown"
PARTS: dict[str, Callable[[Counts], Counts]] = {
    VALUES: values,
    MISSING: missing,
    UNKNOWN: unknown,  # of categories alone
}

ByDay = Mapping[str, Counts]  # counts by column, each of shape (days, bins)
Key = tuple[str, str]  # a column, and a part of it


@dataclass(frozen=True)
class Moved:
    """How far a column moved: its values, or its share of missing or unknown ones."""

    name: str
    part: str
    ratio: float  # of its distance to how far the reference's own windows usually are
    limit: float | None  # None: the reference is too short to alarm
    days: int
    before: Counts = field(repr=False)
    now: Counts = field(repr=False)

    @property
    def pressure(self) -> float:
        """Return the ratio as a share of its limit: an alarm from 1 on."""
        return self.ratio / self.limit if self.limit else 0.0


@dataclass(frozen=True)
class Quiet:
    """What is quiet for windows of one length and size."""

    usual: dict[Key, float]
    limits: dict[Key, float | None]

    @property
    def blind(self) -> list[str]:
        """Return the columns whose own days differ so much that no distance could alarm."""
        return [
            name
            for (name, part), each in self.usual.items()
            if part == VALUES and each * (self.limits[name, part] or 0) >= 1
        ]


class Drift:
    """Compares windows of days with one reference; what is quiet is computed once per size."""

    def __init__(self, by_day: ByDay, *, categories: Container[str] = ()) -> None:
        self._categories = categories
        self._days = {name: counts[counts.sum(axis=1) > 0] for name, counts in by_day.items()}
        sizes = [np.median(each.sum(axis=1)) for each in self._days.values() if len(each)]
        self._rows = int(np.median(sizes)) if sizes else 0
        self._quiet = cache(self._learn)
        self._thinned = cache(lambda name, rows: thinned(self._days[name], rows))

    def factor(self, name: str) -> float | None:
        """Return the factor for a column, or None where its reference is too short to alarm."""
        return next((c for days, c in FACTORS.items() if len(self._days[name]) >= days), None)

    def length(self, name: str) -> int:
        """Return how many days of the reference have rows with this column."""
        return len(self._days[name])

    @property
    def days(self) -> int:
        """Return how many days the longest column of the reference has."""
        return max(map(len, self._days.values()), default=0)

    def total(self, name: str) -> Counts:
        """Return the counts of a column over all days of the reference."""
        found: Counts = self._days[name].sum(axis=0)
        return found

    def quiet(self, length: int, rows: int | None = None) -> Quiet:
        """Return what is quiet for windows of `length` days with `rows` rows each."""
        rows = self._rows if rows is None else rows
        small = rows < self._rows / STEP  # one of few sizes, as each takes a second to learn
        size = int(STEP ** int(np.log(max(rows, 1)) / np.log(STEP))) if small else self._rows
        return self._quiet(length, size)

    def compare(self, days: Sequence[Mapping[str, Counts]]) -> list[Moved]:
        """Return how far each column moved in a window, the furthest first.

        `days` holds the counts by column of each day of the window that has rows.
        """
        window = {name: np.sum([day[name] for day in days], axis=0) for name in days[0]}
        rows = max(int(counts.sum()) for counts in window.values())
        if rows < FEWEST:
            return []
        found = self._moved(window, self.quiet(len(days), rows // len(days)), len(days))
        return sorted(found, key=lambda moved: (-moved.pressure, -moved.ratio))

    def _moved(self, window: Mapping[str, Counts], quiet: Quiet, length: int) -> Iterator[Moved]:
        for (name, part), far in quiet.usual.items():
            before, now = self.total(name), window[name]
            ratio = float(jensen_shannon(PARTS[part](now), PARTS[part](before))) / far
            yield Moved(name, part, ratio, quiet.limits[name, part], length, before, now)

    def _learn(self, length: int, rows: int) -> Quiet:
        far: dict[Key, float] = {}
        largest: dict[Key, float] = {}
        for name, by_day in self._days.items():
            if len(by_day) <= length:
                continue
            small = by_day if rows >= self._rows else self._thinned(name, rows)
            for part, of in PARTS.items():
                if part == UNKNOWN and name not in self._categories:
                    continue
                own, whole = windows(of(small), length), windows(of(by_day), length)
                distances = jensen_shannon(own, of(by_day).sum(axis=0) - whole)
                far[name, part] = usual(distances, int(np.median(own.sum(axis=-1))))
                largest[name, part] = float(distances.max()) / far[name, part]
        return Quiet(far, {key: self._limit(key, largest) for key in far})

    def _limit(self, key: Key, largest: Mapping[Key, float]) -> float | None:
        """Return the limit of a column: what is far for any column, or very far for this one.

        Missing values have the first alone: an outage of a day is rare, and nothing to a column.
        """
        name, part = key
        if (factor := self.factor(name)) is None:
            return None
        own = OWN * max(largest[key], 1)
        most = max(each for (n, p), each in largest.items() if p == part and self.factor(n))
        if most < 1:  # no column ever had any
            return factor * OWN
        return factor * (most if part == MISSING else min(most, own))


def of(reference: Reference) -> Drift:
    """Return what compares days with `reference`."""
    categories = {each.bins.name for each in reference.columns if each.bins.kind == "category"}
    by_day = {each.bins.name: each.by_day() for each in reference.columns}
    return Drift(by_day, categories=categories)
