"""How often the drift rule alarms when nothing happened, and what it finds within how many days.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/monitoring.py build/demo/flight-delays`.
It takes some minutes; `--years 200` is what the documentation quotes.
"""

import argparse
import resource
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from scipy.signal import lfilter
from scipy.stats import norm

WEEKS, QUIET = 39, 13  # of the reference, and of the days that follow it
ROWS = 900  # a day
BINS = 10
# The standard deviation of a day's mean, in those of the rows of a day.
KINDS = {"calm": 0.05, "middle": 0.3, "restless": 1.0}
CALM_AGAIN = 7  # days after an alarm until another one counts


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--years", type=int, default=20)
    given = parser.parse_args()
    (package,) = (path.parent.name for path in given.project.glob("src/*/project.py"))
    sys.path.insert(0, str((given.project / "src").resolve()))
    machinery = f"{package}.machinery"
    drift = import_module(f"{machinery}.monitoring.drift")
    real = Flights(given.project, package)
    say("alarms a quiet year, simulated", quiet(drift, simulated, given.years))
    say("alarms a quiet year, simulated, an arm of 5 %", quiet(drift, simulated, given.years, 0.05))
    say("alarms a quiet year, real weeks shuffled", quiet(drift, real.shuffled, given.years))
    say("alarms a quiet year, real, an arm of 5 %", quiet(drift, real.shuffled, given.years, 0.05))
    for name, shift, missing, days in (
        ("+0.5 sd within 7 days", 0.5, 0.0, 7),
        ("+1 sd within 7 days", 1.0, 0.0, 7),
        ("missing +20 points on day 1", 0.0, 0.2, 1),
        ("missing +5 points within 7 days", 0.0, 0.05, 7),
    ):
        for kind in KINDS:
            hits = found(drift, kind, days=days, shift=shift, missing=missing)
            say(f"{kind}: {name}", hits)
    say("a day of 200,000 answers, profiled", profiling(given.project, package))
    for name, change in CHANGES.items():
        say(f"real, {name}", real.days_until(drift, change))


def say(what: str, value: object) -> None:
    """Print one row."""
    print(f"{what:45}{value}", flush=True)


def quiet(drift: Any, make: Any, years: int, share: float = 1.0) -> str:
    """Return how often a year of days without a change alarms."""
    number, days = 0, 0
    draw = np.random.default_rng(1)
    while days < years * 364:
        before, after = make(draw)
        judge = drift.Drift(before)
        small = thin(after, share, draw)
        number += episodes(drift, judge, small)
        days += QUIET * 7
    return f"{number / days * 364:.2f}"


def thin(days: dict[str, Any], share: float, draw: np.random.Generator) -> dict[str, Any]:
    """Return about `share` of the rows of each day."""
    return days if share == 1 else {name: draw.binomial(each, share) for name, each in days.items()}


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


def walk(draw: np.random.Generator, days: int, memory: float) -> Any:
    """Return an autoregressive series with mean 0 and standard deviation 1."""
    steps = draw.standard_normal(days) * np.sqrt(1 - memory**2)
    steps[0] = draw.standard_normal()
    return lfilter([1.0], [1.0, -memory], steps)


def found(
    drift: Any, kind: str, *, days: int, shift: float, missing: float, rounds: int = 200
) -> str:
    """Return in which share of the rounds a change of one column alarms within `days`."""
    draw, hits = np.random.default_rng(2), 0
    for _ in range(rounds):
        before, after = simulated(draw, kind=kind, shift=shift, missing=missing)
        judge = drift.Drift(before)
        hits += bool(alarms(drift, judge, after)[:days].any())
    return f"{hits / rounds:.2f}"


def profiling(project: Path, package: str, rows: int = 200_000) -> str:
    """Return how long the profile of one day of the log takes, and how much memory it adds."""
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
    counted = sum(each["rows"] for each in found if each["feature"] == "(score)")
    more = f"{peak() - before:.0f} MB more at the peak"
    return f"{seconds:.1f} s ({used:.1f} s of the processor) for {counted:,} rows, {more}"


def peak() -> float:
    """Return the largest amount of memory that this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _hours_later(hours: int) -> pl.Expr:
    later = (pl.col("sched_dep_time").cast(pl.Int32) + 100 * hours) % 2400
    return later.cast(pl.Int16)


def _celsius(column: str) -> pl.Expr:
    return (pl.col(column) - 32) / 1.8


def _minute(column: str) -> pl.Expr:
    time = pl.col(column).cast(pl.Int32)
    return time // 100 * 60 + time % 100


# It holds for each flight of the example, as its pace is at most 16.6 miles a minute.
BLOCK = (_minute("sched_arr_time") - _minute("sched_dep_time")) % 1440
RELATIONS = {"the distance fits the scheduled time": pl.col("distance") <= 17 * (BLOCK + 30)}

# What happens to the real rows from one day on.
CHANGES = {
    "carrier in lower case": {"carrier": pl.col("carrier").str.to_lowercase()},
    "one carrier renamed": {"carrier": pl.col("carrier").replace("AA", "XX")},
    "distance in km": {"distance": (pl.col("distance") * 1.609).cast(pl.Int16)},
    "temperature in °C": {"temp": _celsius("temp")},
    "temperature and dew point in °C": {"temp": _celsius("temp"), "dewp": _celsius("dewp")},
    "wind in m/s": {
        "wind_speed": pl.col("wind_speed") * 0.447,
        "wind_gust": pl.col("wind_gust") * 0.447,
    },
    "departure one hour off": {"sched_dep_time": _hours_later(1)},
    "departure four hours off": {"sched_dep_time": _hours_later(4)},
}


class Flights:
    """The features of the example, counted by day, whose weeks can be put into any order."""

    def __init__(self, project: Path, package: str) -> None:
        """Read the rows, make their features and count them."""
        machinery = f"{package}.machinery"
        self.own = import_module(f"{package}.project").PROJECT
        self.separate = import_module(f"{machinery}.data.border").separate
        self.features = import_module(f"{machinery}.data.features").features
        learn = import_module(f"{machinery}.model.bins").learn
        rows = pl.read_parquet(project / "data/rows.parquet").sort(self.own.row.time)
        rows = rows.select(list(self.own.row.columns))
        day = rows[self.own.row.time].dt.date()
        self.rows = rows.filter(day < date(2013, 12, 31))
        self.day = (day.filter(day < date(2013, 12, 31)).rank("dense") - 1).cast(pl.Int64)
        made = self.features(self.own, self.rows)
        self.bins = {
            name: learn(made[name], name=name, category=made[name].dtype == pl.String)
            for name in made.columns
        }
        self.counts = {name: self.count(made, name) for name in made.columns}

    def count(self, rows: pl.DataFrame, name: str) -> Any:
        """Return the counts of a column by day."""
        day = self.day.to_numpy()
        cells = day * self.bins[name].number + self.bins[name].places(rows[name])
        days = int(day.max()) + 1
        return np.bincount(cells, minlength=days * self.bins[name].number).reshape(days, -1)

    def shuffled(self, draw: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a reference of 39 weeks and the other 13, in any order."""
        weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
        first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
        return self.at(first), self.at(last)

    def at(self, days: Any) -> dict[str, Any]:
        """Return the counts of these days."""
        return {name: counts[days] for name, counts in self.counts.items()}

    def days_until(self, drift: Any, change: dict[str, pl.Expr], rounds: int = 15) -> str:
        """Return the median day on which drift finds a change, and what the schema refuses."""
        rows = self.rows.with_columns(**change)
        known = replace(self.own.row, relations={**self.own.row.relations, **RELATIONS})
        _, bad = self.separate(rows.sample(5_000, seed=1), known)
        made = self.features(self.own, rows)
        changed = {name: self.count(made, name) for name in made.columns}
        draw, days = np.random.default_rng(3), []
        for _ in range(rounds):
            weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
            first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
            judge = drift.Drift({name: counts[first] for name, counts in self.counts.items()})
            after = {name: counts[last] for name, counts in changed.items()}
            hits = np.flatnonzero(alarms(drift, judge, after)[:14])
            days.append(hits[0] + 1 if len(hits) else 99)
        middle = int(np.median(days))
        found = "not within 14 days" if middle == 99 else f"on day {middle}"
        return f"{found} by drift; the schema refuses {100 * bad.height / 5_000:.1f} % of the rows"


if __name__ == "__main__":
    main()
