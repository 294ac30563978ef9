"""Measures monitoring: quiet years, what is found how soon, experiments, and alerts.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/monitoring.py build/demo/flight-delays`.
Name parts to run only these; each takes less than three minutes.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from scipy.signal import lfilter
from scipy.stats import norm

alerting, experiments = map(import_module, ("alerting", "experiments"))  # next to this file
say = experiments.say

WEEKS, QUIET = 39, 13  # of the reference, and of the days that follow it
ROWS = 900  # a day
ARM = 0.05  # share of the rows
CATEGORIES = ("carrier", "origin", "dest", "manufacturer")  # of the real rows
BINS = 10
# The standard deviation of a day's mean, in those of the rows of a day.
KINDS = {"calm": 0.05, "middle": 0.3, "restless": 1.0}
CALM_AGAIN = 7  # days after an alarm until another one counts


def main() -> None:
    """Print each figure next to its goal; exit with 1 if one is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--years", type=int, default=200)
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"{unknown[0]} is not a part: give some of {', '.join(PARTS)}")
    (package,) = (path.parent.name for path in given.project.glob("src/*/project.py"))
    sys.path.insert(0, str((given.project / "src").resolve()))
    met: list[bool] = []
    for part in given.parts or PARTS:
        start = time.process_time()
        met += PARTS[part](given.project, package, given.years)
        print(f"-- {part}: {time.process_time() - start:.0f} s of the processor", flush=True)
    sys.exit(not all(met))


def drift_of(package: str) -> Any:
    """Return the module under test."""
    return import_module(f"{package}.machinery.monitoring.drift")


def quiet_years(_: Path, package: str, years: int) -> Iterator[bool]:
    """Count the alarms of simulated years in which nothing happens."""
    number = quiet(drift_of(package), simulated, years)
    yield say("alarms a quiet year, simulated", number, "<= 1", good=number <= 1)


def quiet_arm(_: Path, package: str, years: int) -> Iterator[bool]:
    """Count those of a small arm."""
    drift = drift_of(package)
    number = quiet(drift, simulated_arm, years)
    yield say("alarms a quiet year, simulated, an arm of 5 %", number, "<= 1", good=number <= 1)


def planted(_: Path, package: str, __: int) -> Iterator[bool]:
    """Find a planted change of one simulated column."""
    drift = drift_of(package)
    for name, shift, missing, days, goals in (
        ("+0.5 sd within 7 days", 0.5, 0.0, 7, {"calm": 0.95}),
        ("missing +20 points on day 1", 0.0, 0.2, 1, dict.fromkeys(KINDS, 0.95)),
        ("missing +5 points within 7 days", 0.0, 0.05, 7, dict.fromkeys(KINDS, 0.75)),
    ):
        for kind in KINDS:
            goal = goals.get(kind, 0.0)
            share = found(drift, kind, days=days, shift=shift, missing=missing)
            yield say(f"{kind}: {name}", share, f">= {goal}" if goal else "", good=share >= goal)


def real_years(project: Path, package: str, years: int) -> Iterator[bool]:
    """Count the alarms of real weeks in any order, in fewer years, as small days are thinned."""
    number = quiet(drift_of(package), Flights(project, package).shuffled, years // 4)
    yield say("alarms a quiet year, real weeks shuffled", number, "<= 2", good=number <= 2)


def real_arm(project: Path, package: str, years: int) -> Iterator[bool]:
    """Count those of a small arm, in fewer years, as each week has to be thinned."""
    number = quiet(drift_of(package), Flights(project, package).arm, years // 10)
    yield say("alarms a quiet year, real, an arm of 5 %", number, "<= 1", good=number <= 1)


def changes(project: Path, package: str, _: int) -> Iterator[bool]:
    """Change the real rows from one day on."""
    drift, real = drift_of(package), Flights(project, package)
    for name, (goal, change) in CHANGES.items():
        day, refused = real.days_until(drift, change)
        said = f"<= {goal} days" if goal else ""
        stops = refused > 1  # a batch stops
        good = stops or day <= (goal or 99)
        yield say(f"real, {name}: found on day (99: never)", day, said, good=good)
        print(f"{'    the schema refuses, % of the rows':66} {refused:7.1f}")


def large_day(project: Path, package: str, _: int) -> Iterator[bool]:
    """Profile a large day."""
    seconds, used, more = profiling(project, package)
    name = "a day of 200,000 answers profiled, seconds"
    yield say(name, seconds, "<= 10", good=seconds <= 10)
    print(f"{'    of the processor':66} {used:7.1f}\n{'    MB more at the peak':66} {more:7.0f}")


def of_experiments(*_: object) -> Iterator[bool]:
    """Run the rows of benchmarks/experiments.py."""
    runs = 1_000
    yield from experiments.wrong_differences(runs)
    yield from experiments.many_looks(runs // 2)
    yield from experiments.splits(runs)
    yield from experiments.verdicts(runs)


def of_alerts(*_: object) -> Iterator[bool]:
    """Run the rows of benchmarks/alerting.py."""
    for what, seconds in zip(("a fault", "its end"), alerting.times(alerting.RULES), strict=True):
        latest = alerting.LATEST
        yield say(f"told of {what}, seconds", seconds, f"<= {latest}", good=seconds <= latest)


PARTS: dict[str, Callable[[Path, str, int], Iterator[bool]]] = {
    "quiet": quiet_years,
    "arm": quiet_arm,
    "planted": planted,
    "real": real_years,
    "real-arm": real_arm,
    "changes": changes,
    "profiling": large_day,
    "experiments": of_experiments,
    "alerting": of_alerts,
}


def quiet(drift: Any, make: Any, years: int) -> float:
    """Return how often a year of days without a change alarms."""
    number, days = 0, 0
    draw = np.random.default_rng(1)
    while days < years * 364:
        before, after = make(draw)
        number += episodes(drift, drift.Drift(before, categories=CATEGORIES), after)
        days += QUIET * 7
    return number / days * 364


def episodes(drift: Any, judge: Any, days: dict[str, Any]) -> int:
    """Return how many alarms a reader would have counted, day by day."""
    number, last = 0, -CALM_AGAIN - 1
    for day in np.flatnonzero(alarms(drift, judge, days)):
        number += day - last > CALM_AGAIN
        last = day
    return int(number)


def alarms(drift: Any, judge: Any, days: dict[str, Any]) -> Any:
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


def simulated(
    draw: np.random.Generator, *, kind: str = "", shift: float = 0.0, missing: float = 0.0
) -> tuple[dict[str, Any], dict[str, Any]]:
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


def simulated_arm(draw: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
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


def profiling(project: Path, package: str, rows: int = 200_000) -> tuple[float, float, float]:
    """Return the seconds for the profile of one day, those of the processor, and the MB it adds."""
    machinery = f"{package}.machinery"
    tables = import_module(f"{machinery}.prediction.log.tables")
    parse = import_module(f"{machinery}.database").parse
    record = import_module(f"{machinery}.prediction.log.record")
    known = import_module(f"{machinery}.monitoring.known")
    profile = import_module(f"{machinery}.monitoring.profile")
    own = import_module(f"{package}.project").PROJECT
    (model,) = known.find([project / "models/candidate"]).values()
    version = f"candidate-{model.manifest.sha256[:12]}"
    given = pl.read_parquet(project / "data/rows.parquet", n_rows=rows)
    given = given.select(list(own.row.columns))
    scored = given.select("key").with_columns(
        score=pl.lit(0.5), decision=pl.lit(None, pl.Boolean), arm=pl.lit("champion")
    )
    answers = scored.with_columns(model_version=pl.lit(version))
    day = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        engine = tables.open_tables(parse(f"sqlite:///{folder}/log.sqlite"))
        made = record.records(
            given, answers, request_id="day", first=0, time=day, assign_by=own.row.key[0]
        )
        with engine.begin() as connection:
            for part in made.iter_slices(20_000):
                tables.insert(connection, part.to_dicts())
        del made, answers, scored
        before, start, used = peak(), time.monotonic(), time.process_time()
        with engine.connect() as connection:
            found = profile.profile(connection, own, day.date(), {version: model.reference})
        seconds, used = time.monotonic() - start, time.process_time() - used
    if sum(each["rows"] for each in found if each["feature"] == "(score)") != rows:
        raise SystemExit("the profile lacks rows")
    return seconds, used, peak() - before


def peak() -> float:
    """Return the largest amount of memory that this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _hours_later(hours: int) -> pl.Expr:
    later = (pl.col("sched_dep_time").cast(pl.Int32) + 100 * hours) % 2400
    return later.cast(pl.Int16)


def _celsius(column: str) -> pl.Expr:
    return (pl.col(column) - 32) / 1.8


# What happens to the real rows from one day on, and within how many days it has to be found.
CHANGES: dict[str, tuple[int | None, dict[str, pl.Expr]]] = {
    "carrier in lower case": (3, {"carrier": pl.col("carrier").str.to_lowercase()}),
    "one carrier renamed": (3, {"carrier": pl.col("carrier").replace("AA", "XX")}),
    "distance in km": (1, {"distance": (pl.col("distance") * 1.609).cast(pl.Int16)}),
    "temperature in °C": (1, {"temp": _celsius("temp")}),
    "temperature and dew point in °C": (1, {"temp": _celsius("temp"), "dewp": _celsius("dewp")}),
    "wind in m/s": (
        None,
        {"wind_speed": pl.col("wind_speed") * 0.447, "wind_gust": pl.col("wind_gust") * 0.447},
    ),
    "departure one hour off": (1, {"sched_dep_time": _hours_later(1)}),
    "departure four hours off": (1, {"sched_dep_time": _hours_later(4)}),
}


class Flights:
    """The features of the example, counted by day, whose weeks can be put into any order."""

    def __init__(self, project: Path, package: str) -> None:
        """Read the rows, make their features and count them."""
        machinery = f"{package}.machinery"
        self.own = import_module(f"{package}.project").PROJECT
        self.separate = import_module(f"{machinery}.data.border").separate
        self.module = import_module(f"{machinery}.data.features")
        learn = import_module(f"{machinery}.model.bins").learn
        rows = pl.read_parquet(project / "data/rows.parquet").sort(self.own.row.time)
        rows = rows.select(list(self.own.row.columns))
        day = rows[self.own.row.time].dt.date()
        self.rows = rows.filter(day < date(2013, 12, 31))
        self.day = (day.filter(day < date(2013, 12, 31)).rank("dense") - 1).cast(pl.Int64)
        made = self.made(self.rows)
        self.bins = {
            name: learn(made[name], name=name, category=name in CATEGORIES, days=self.day)
            for name in made.columns
        }
        self.cells = self.places(made)
        self.counts = self.count(self.cells)

    def made(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the features of rows, and what is watched next to them."""
        found: pl.DataFrame = self.module.watched(self.own, self.module.features(self.own, rows))
        return found

    def places(self, made: pl.DataFrame) -> dict[str, Any]:
        """Return the cell of each row in the table of days and bins, by column."""
        day = self.day.to_numpy()
        return {
            name: day * self.bins[name].number + self.bins[name].places(made[name])
            for name in made.columns
        }

    def count(self, cells: dict[str, Any], rows: Any = slice(None)) -> dict[str, Any]:
        """Return the counts by day of `rows`, by column."""
        days = int(self.day.max()) + 1
        return {
            name: np.bincount(each[rows], minlength=days * number).reshape(days, number)
            for name, each in cells.items()
            for number in (self.bins[name].number,)
        }

    def shuffled(self, draw: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a reference of 39 weeks and the other 13, in any order."""
        weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
        first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
        return at(self.counts, first), at(self.counts, last)

    def arm(self, draw: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the same with a twentieth of the rows in the days that follow."""
        weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
        first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
        rows = np.flatnonzero(draw.random(self.rows.height) < ARM)
        return at(self.counts, first), at(self.count(self.cells, rows), last)

    def days_until(
        self, drift: Any, change: dict[str, pl.Expr], rounds: int = 15
    ) -> tuple[float, float]:
        """Return the median day on which drift finds a change, and what the schema refuses, %."""
        rows = self.rows.with_columns(**change)
        _, bad = self.separate(rows.sample(5_000, seed=1), self.own.row)
        changed = self.count(self.places(self.made(rows)))
        draw, days = np.random.default_rng(3), []
        for _ in range(rounds):
            weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
            first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
            judge = drift.Drift(at(self.counts, first), categories=CATEGORIES)
            hits = np.flatnonzero(alarms(drift, judge, at(changed, last))[:14])
            days.append(hits[0] + 1 if len(hits) else 99)
        return float(np.median(days)), 100 * bad.height / 5_000


def at(counts: dict[str, Any], days: Any) -> dict[str, Any]:
    """Return the counts of these days."""
    return {name: each[days] for name, each in counts.items()}


if __name__ == "__main__":
    main()
