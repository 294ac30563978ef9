"""The real rows of the example, with their weeks in any order, and changes to find in them."""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from .alarms import ARM, CATEGORIES, QUIET, WEEKS, Days, alarms


def _hours_later(hours: int) -> pl.Expr:
    later = (pl.col("sched_dep_time").cast(pl.Int32) + 100 * hours) % 2400
    return later.cast(pl.Int16)


def _celsius(column: str) -> pl.Expr:
    return (pl.col(column) - 32) / 1.8


# Changes of the real rows from one day on, and within how many days each has to be found.
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

    def shuffled(self, draw: np.random.Generator) -> tuple[Days, Days]:
        """Return a reference of 39 weeks and the other 13, in any order."""
        weeks = [np.arange(week * 7, week * 7 + 7) for week in draw.permutation(WEEKS + QUIET)]
        first, last = np.concatenate(weeks[:WEEKS]), np.concatenate(weeks[WEEKS:])
        return at(self.counts, first), at(self.counts, last)

    def arm(self, draw: np.random.Generator) -> tuple[Days, Days]:
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


def at(counts: Days, days: Any) -> Days:
    """Return the counts of these days."""
    return {name: each[days] for name, each in counts.items()}
