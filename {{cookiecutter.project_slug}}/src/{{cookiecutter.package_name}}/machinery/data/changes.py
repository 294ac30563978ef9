"""What changed in the tables since the last release, by their profiles and the limits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..params import Changes, Limit
from .profile import Profile

Profiles = dict[str, dict[str, Any]]  # the tables of reports/data.json

DATA = Path("reports/data.json")
STATISTICS = ("missing", "mean", "sd", "low", "high", "hour", "peak", "values")
SMALLEST = 1e-9
FEWEST = 5  # days of a new month, before it is compared
SAME = 0.25  # of a limit, for a month that is compared with itself: history should not change


@dataclass(frozen=True)
class Measured:
    """A number of a month, the same of the months before it, its unit, and the limit."""

    what: str
    before: list[float]
    now: float
    scale: float
    limit: Limit | None


@dataclass(frozen=True)
class Change:
    """A change of a table: where, what was and what is, and whether it stops a release."""

    table: str
    what: str
    before: str
    now: str
    size: float  # as a multiple of the limit for a warning
    stops: bool

    def __str__(self) -> str:
        """Say it in one phrase."""
        return f"{self.table}: {self.what} {self.before} before, {self.now} now"


def since(before: dict[str, Any], limits: Changes) -> list[Change]:
    """Return how the tables here differ from those that reports/data.json said `before`."""
    now = json.loads(DATA.read_text(encoding="utf-8"))
    return changes(before.get("tables", {}), now.get("tables", {}), limits)


def changes(before: Profiles, now: Profiles, limits: Changes) -> list[Change]:
    """Return the changes beyond the limits, the largest of each kind and column, worst first.

    A month that both have is compared with itself, a new month with all that were known before: it
    may go beyond their range by the limit.
    """
    worst: dict[tuple[str, str], Change] = {}
    for name, table in before.items():
        for found in _table(name, table, now.get(name, {}), limits):
            known = worst.get((name, found.what))
            if known is None or known.size < found.size:
                worst[name, found.what] = found
    return sorted(worst.values(), key=lambda each: (not each.stops, -each.size))


def _table(name: str, old: Any, new: Any, limits: Changes) -> Iterator[Change]:
    rows = new.get("rows", 0)
    if old.get("rows") and not rows:
        yield Change(name, "rows", f"{old['rows']}", "none", float("inf"), stops=True)
        return
    known: dict[str, Profile] = old.get("months", {})
    for month, profile in new.get("months", {}).items():
        past = [known[month]] if month in known else list(known.values())
        if profile == known.get(month) or not past:
            continue
        enough = min([FEWEST, *(each.get("days", 1) for each in past)])
        if month not in known and profile.get("days", 1) < enough:
            continue  # the month has just begun
        factor = SAME if month in known else 1.0
        yield from _month(name, past, profile, limits, factor=factor)


def _month(
    name: str, past: list[Profile], now: Profile, limits: Changes, *, factor: float
) -> Iterator[Change]:
    for found in _measured(past, now, limits):
        if found.limit is None or not found.before:
            continue
        low, high = min(found.before), max(found.before)
        beyond = max(low - found.now, found.now - high) / max(found.scale, SMALLEST) / factor
        stop = found.limit.stop
        if beyond > found.limit.warn:
            span = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
            size = beyond / max(found.limit.warn, SMALLEST)
            stops = stop is not None and beyond > stop
            yield Change(name, found.what, span, f"{found.now:.4g}", size, stops=stops)


def _measured(past: list[Profile], now: Profile, limits: Changes) -> Iterator[Measured]:
    if "days" in now:
        days = [each["rows"] / each["days"] for each in past if "days" in each]
        limit, scale = limits.rows_per_day, max(days, default=1.0)
        yield Measured("rows per day", days, now["rows"] / now["days"], scale, limit)
    for name, column in now["columns"].items():
        known = [each["columns"][name] for each in past if name in each["columns"]]
        of = {what: [each[what] for each in known if what in each] for what in STATISTICS}
        gone = f"share of {name} that is missing"
        yield Measured(gone, of["missing"], column["missing"], 1.0, limits.missing)
        if "mean" in column and of["mean"]:
            sd, span = max(of["sd"]), max(of["high"]) - min(of["low"])
            yield Measured(f"mean of {name}", of["mean"], column["mean"], sd, limits.mean)
            for what in ("low", "high"):
                ends = [min(of["low"]), max(of["high"])]
                yield Measured(f"{what}est {name}", ends, column[what], span, limits.range)
        if "hour" in column:
            yield Measured(f"mean hour of {name}", of["hour"], column["hour"], 1.0, limits.hour)
        if "peak" in column and of["peak"]:
            hours = [_unwrapped(each, column["peak"]) for each in of["peak"]]
            yield Measured(f"hour at which {name} peaks", hours, column["peak"], 1.0, limits.peak)
        if "values" in column and of["values"]:
            usual = {value for each in of["values"] for value in each}
            new = {value: share for value, share in column["values"].items() if value not in usual}
            likely = max(new, key=lambda value: new[value], default="")
            what = f"share of new values of {name}" + (f", such as {likely}," if new else "")
            yield Measured(what, [0.0], sum(new.values()), 1.0, limits.new_values)


def _unwrapped(hour: float, near: float) -> float:
    """Return an hour of the day as the one that is nearest to another: 23 is -1 near 2."""
    return round(near + (hour - near + 12) % 24 - 12, 1)
