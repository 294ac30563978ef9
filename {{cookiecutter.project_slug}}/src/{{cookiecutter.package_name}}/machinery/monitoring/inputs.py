"""Drift of what each version got and said in each arm, from the daily counts of the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ..model.bins import MISSING, Counts
from ..model.bins import UNKNOWN as UNKNOWN_VALUE
from ..model.reference import SCORE, Reference
from . import drift
from .drift import FACTORS, Drift, Moved
from .verdict import ALARM, DRIFT, OK, SCORES, UNKNOWN, Verdict

WEEK = 7
WINDOWS = (1, WEEK)  # days
SHOWN = 3  # columns in a sentence


@dataclass(frozen=True)
class Served:
    """What a version got and said in one arm: counts by column of each day that has answers."""

    version: str
    arm: str
    reference: Reference
    days: Mapping[date, Mapping[str, Counts]]

    def rows(self, day: date) -> int:
        """Return the number of answers on a day."""
        return int(self.days[day][SCORE].sum()) if day in self.days else 0

    def window(self, last: date, length: int) -> list[Mapping[str, Counts]]:
        """Return the counts of the days that have answers, of the `length` days up to `last`."""
        days = (last - timedelta(days=back) for back in reversed(range(length)))
        return [self.days[day] for day in days if day in self.days]


def served(profiles: pl.DataFrame, references: Mapping[str, Reference]) -> list[Served]:
    """Return what is in `profiles`, for the versions that have a reference."""
    found = []
    for (version, arm), rows in profiles.group_by("model_version", "arm", maintain_order=True):
        if reference := references.get(str(version)):
            found.append(Served(str(version), str(arm), reference, _days(rows, reference)))
    return found


def _days(rows: pl.DataFrame, reference: Reference) -> dict[date, dict[str, Counts]]:
    sizes = {column.bins.name: column.bins.number for column in reference.columns}
    days: dict[date, dict[str, Counts]] = {}
    for (day, name), part in rows.group_by("day", "feature", maintain_order=True):
        counts = np.zeros(sizes[str(name)], dtype=np.int64)
        counts[part["bin"].to_numpy()] = part["rows"].to_numpy()
        days.setdefault(day, {})[str(name)] = counts
    return days


def moved(known: Drift, arm: Served, day: date) -> list[Moved]:
    """Return how far each column moved by `day`, each in the window that shows it most."""
    furthest: dict[str, Moved] = {}
    for length in WINDOWS:
        window = arm.window(day, length)
        for each in known.compare(window) if window else ():
            before = furthest.get(each.name)
            if before is None or (each.pressure, each.ratio) > (before.pressure, before.ratio):
                furthest[each.name] = each
    return sorted(furthest.values(), key=lambda each: (-each.pressure, -each.ratio))


def verdicts(known: Drift, arm: Served, day: date) -> Iterator[Verdict]:
    """Yield the verdict on the inputs of an arm, and that on its scores."""
    found = moved(known, arm, day) if arm.rows(day) else []
    for name, columns in (
        (DRIFT, [each for each in found if each.name != SCORE]),
        (SCORES, [each for each in found if each.name == SCORE]),
    ):
        judged = [each for each in columns if each.limit is not None]
        if not judged:
            reason = _unknown(known, arm, day, SCORE if name == SCORES else None)
            yield Verdict(name, arm.version, arm.arm, None, UNKNOWN, reason)
            continue
        value = judged[0].pressure
        status = ALARM if value >= 1 else OK
        shown = [each for each in judged if each.pressure >= 1] or judged[:1]
        said = "; ".join(sentence(each, arm.reference) for each in shown[:SHOWN])
        more = f"; and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        yield Verdict(name, arm.version, arm.arm, round(value, 3), status, said + more)


def _unknown(known: Drift, arm: Served, day: date, column: str | None) -> str:
    if not arm.rows(day):
        before = [arm.rows(day - timedelta(days=back)) for back in range(1, 8)]
        usual = f", after {sum(before) / 7:.0f} a day: was the rollout changed?" * any(before)
        return f"no answers on {day}{usual}"
    length = known.length(column) if column else known.days
    if length < min(FACTORS):
        return (
            f"the reference has {length} days: shown on the page, but an alarm needs"
            f" {min(FACTORS)} days of training"
        )
    return f"{arm.rows(day)} answers on {day}: an alarm needs {drift.FEWEST}"


def sentence(moved: Moved, reference: Reference) -> str:
    """Return what changed in a column, over how long, and how close that is to an alarm."""
    span = f"over {moved.days} days" if moved.days > 1 else "on one day"
    return f"{moved.name}: {change(moved, reference)} {span}, {moved.pressure:.2f} of the limit"


def change(moved: Moved, reference: Reference) -> str:
    """Return which share changed most, such as `UA 17.0 % -> 2.0 %`."""
    bins = next(each.bins for each in reference.columns if each.bins.name == moved.name)
    before, now = (each / max(each.sum(), 1) for each in (moved.before, moved.now))
    most = int(np.argmax(np.abs(now - before)[1:])) + 1
    place = {drift.MISSING: MISSING, drift.UNKNOWN: UNKNOWN_VALUE}.get(moved.part, most)
    return f"{bins.label(place)} {100 * before[place]:.1f} % -> {100 * now[place]:.1f} %"


def blind(known: Drift) -> list[str]:
    """Return the columns that no window could raise an alarm for."""
    return known.quiet(WEEK).blind
