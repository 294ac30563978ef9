"""Plants eleven leaks in the demo and prints which check refuses each; twelve honest variants pass.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/leaks.py build/demo/flight-delays`.

Each variant changes what the project's code does with the flights of three months, and runs the
checks of the stages `clean`, `rows` and `features`. It ends with the cost of time travel.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

UNTIL = datetime(2013, 4, 1)
Join = Callable[..., pl.LazyFrame]

delay, moment = pl.col("dep_delay").cast(pl.Float64), pl.col("predicted_at")
asked_at = (pl.col("departure") - pl.duration(hours=1)).alias("predicted_at")


def known(flights: pl.LazyFrame, by: str, at: str, value: pl.Expr) -> pl.LazyFrame:
    """Return for each flight `value` of the flight that shares `by` and was the last one at `at`."""
    last = flights.drop_nulls([at, by]).sort(at, "key").select(by, at, temp=value)
    return (
        flights.select("key", by, asked_at)
        .sort("predicted_at", "key")
        .join_asof(last, left_on="predicted_at", right_on=at, by=by, check_sortedness=False)
    )


def so_far(flights: pl.LazyFrame, by: str) -> pl.LazyFrame:
    """Return for each flight the mean delay of all departures known so far that share `by`."""
    mean = delay.cum_sum().over(by) / pl.int_range(1, pl.len() + 1).over(by)
    return known(flights, by, "departed", mean)


def observed(flights: pl.LazyFrame, weather: pl.LazyFrame, hours: float) -> pl.LazyFrame:
    """Return for each flight the temperature `hours` after its departure."""
    when = pl.col("departure") + pl.duration(minutes=round(60 * hours))
    at = flights.select("key", "origin", at=when).sort("at", "key")
    seen = weather.sort("observed").select("origin", "observed", "temp")
    on = {"left_on": "at", "right_on": "observed"}
    return at.join_asof(seen, **on, by="origin", check_sortedness=False)


# In each of these, the column `temp` of a row becomes something else.
LEAKS: dict[str, Join] = {
    "an outcome, renamed": lambda f, _: f.select("key", temp=delay),
    "outcomes, by a selector": lambda f, _: f.select(
        "key", temp=pl.sum_horizontal(cs.contains("delay")).cast(pl.Float64)
    ),
    "the moment of an outcome": lambda f, _: f.select(
        "key", temp=(pl.col("departed") - pl.col("departure")).dt.total_minutes().cast(pl.Float64)
    ),
    "target mean over all rows": lambda f, _: f.select("key", temp=delay.mean().over("dest")),
    "an outcome in few rows": lambda f, _: f.select(
        "key", temp=pl.when(pl.col("dest") == "HNL").then(delay)
    ),
    "weather after the horizon": lambda f, w: observed(f, w, 0),
    "history of unknown outcomes": lambda f, _: known(f, "origin", "predicted_at", delay),
}
HONEST: dict[str, Join] = {
    "weather of three hours ago": lambda f, w: observed(f, w, -3),
    "last known delay of the flight": lambda f, _: known(f, "flight", "departed", delay),
    "last known delay of the route": lambda f, _: known(f, "dest", "departed", delay),
    "known delays of arrivals": lambda f, _: known(
        f, "dest", "landed", pl.col("arr_delay").cast(pl.Float64)
    ),
    "target mean of what is known": lambda f, _: so_far(f, "carrier"),
    "flights scheduled that hour": lambda f, _: f.select(
        "key", temp=pl.len().over("origin", "time_hour").cast(pl.Float64)
    ),
    "days since the last flight": lambda f, _: known(
        f, "tailnum", "departed", pl.col("departed").dt.epoch("d").cast(pl.Float64)
    ),
}
CLEAN_LEAKS: dict[str, pl.Expr] = {"an outcome in a clean column": pl.col("dep_delay") + 1}
DISTANCE = pl.col("distance")
FEATURE_LEAKS: dict[str, pl.Expr] = {
    "a rolling mean as a feature": pl.col("temp").rolling_mean(28).over("origin"),
    "a scale learned from all rows": DISTANCE.map_batches(
        lambda miles: (miles - miles.mean()) / miles.std(), return_dtype=pl.Float64
    ),
}
HONEST_FEATURES: dict[str, pl.Expr] = {
    "logarithms and ratios": DISTANCE.log() / (1 + pl.col("origin_departures")),
    "a function of one value": DISTANCE.map_elements(
        lambda miles: float(str(miles)[0]), return_dtype=pl.Float64
    ),
}


class Bench:
    """The stages `clean`, `rows` and `features` of a project, with another piece in each run."""

    def __init__(self, package: str) -> None:
        """Import the project, and read the tables of the first months."""
        self.project = import_module(f"{package}.project").PROJECT
        data = f"{package}.machinery.data"
        names = ("clean", "rows", "features", "hindsight", "row_by_row")
        self.clean, self.rows, self.features, self.hindsight, self.row_by_row = (
            import_module(f"{data}.{name}") for name in names
        )
        self.refusal = import_module(f"{package}.machinery.errors").InputError
        self.settings = import_module(f"{package}.machinery.params").load(self.project.params)
        self.tables = {
            table.name: pl.read_parquet(f"data/clean/{table.name}.parquet").lazy()
            for table in self.project.tables
        }
        few = self.tables["flights"].filter(pl.col("departure") < UNTIL).collect()
        self.tables["flights"] = few.lazy()

    def join(self, function: Join) -> Any:
        """Return the project with `temp` of each row from `function`."""

        def rows(flights: Any, weather: Any, planes: Any, params: Any) -> pl.LazyFrame:
            made = self.project.rows(flights=flights, weather=weather, planes=planes, params=params)
            known = flights.with_columns(asked_at)
            value = function(known, weather).select("key", pl.col("temp"))
            return made.drop("temp").join(value, on="key", how="left")

        return replace(self.project, rows=rows)

    def feature(self, value: pl.Expr) -> Any:
        """Return the project with one feature more."""
        own = self.project.features
        return replace(
            self.project,
            features=lambda rows: pl.concat(
                [own(rows), rows.select(planted=value)], how="horizontal"
            ),
        )

    def cleaned(self, value: pl.Expr) -> None:
        """Check a cleaning function that makes one column more."""
        raw = pl.read_parquet("data/external/flights.parquet")
        table, own = self.project.table("flights"), self.project.cleaner("flights")

        def changed(rows: pl.DataFrame) -> pl.DataFrame:
            made: pl.DataFrame = own(rows)
            return made.with_columns(planted=value)

        self.clean.refuse_hidden_outcomes(changed, raw, changed(raw), table)

    def checked(self, project: Any) -> None:
        """Run the checks of the stages `rows` and `features`."""
        made = self.rows.rows(project, self.tables, self.settings)
        make = lambda known: self.rows.lazy_rows(project, known, self.settings)
        self.hindsight.check(made, self.hindsight.Join(project.tables, self.tables, make))
        few = made.filter(pl.col("temp").is_not_null())[:20_000]
        computed = self.features.features(project, few)
        self.row_by_row.check(project, few, computed, self.features.features)

    def said(self, name: str, run: Callable[[], None]) -> str | None:
        """Print what the checks say on a variant, and return it."""
        try:
            run()
        except self.refusal as error:
            print(f"{name:34}refused   {error}", flush=True)
            return str(error)
        print(f"{name:34}accepted", flush=True)
        return None

    def dropped(self, *, rule: pl.Expr) -> Any:
        """Return the project with only the rows of the flights that obey `rule`."""

        def rows(flights: Any, **others: Any) -> pl.LazyFrame:
            return self.project.rows(flights=flights, **others).join(
                flights.filter(rule).select("key"), on="key", how="semi"
            )

        def named(flights: Any, weather: Any, planes: Any, params: Any) -> pl.LazyFrame:
            return rows(flights, weather=weather, planes=planes, params=params)

        return replace(self.project, rows=named)


def main(project: Path) -> None:
    """Print what the checks say on each variant, and fail if one is judged wrongly."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    bench = Bench(package)
    checked, cleaned = bench.checked, bench.cleaned
    flown, registered = pl.col("dep_delay").is_not_null(), pl.col("tailnum").is_not_null()
    leaks = {
        **{name: partial(checked, bench.join(each)) for name, each in LEAKS.items()},
        "rows chosen by their outcome": partial(checked, bench.dropped(rule=flown)),
        **{name: partial(cleaned, each) for name, each in CLEAN_LEAKS.items()},
        **{name: partial(checked, bench.feature(each)) for name, each in FEATURE_LEAKS.items()},
    }
    honest = {
        "as it is": partial(checked, bench.project),
        "rows chosen by the schedule": partial(checked, bench.dropped(rule=registered)),
        "a clean column of the schedule": partial(cleaned, pl.col("distance") * 2),
        **{name: partial(checked, bench.join(each)) for name, each in HONEST.items()},
        **{name: partial(checked, bench.feature(each)) for name, each in HONEST_FEATURES.items()},
    }
    passed = [name for name, run in leaks.items() if not bench.said(name, run)]
    refused = [name for name, run in honest.items() if bench.said(name, run)]
    found, wrong = len(leaks) - len(passed), len(refused)
    print(
        f"{found} of {len(leaks)} leaks and {wrong} of {len(honest)} honest variants were refused"
    )
    cost(bench)
    if passed or refused:
        sys.exit(f"error: judged wrongly: {', '.join(passed + refused)}")


def cost(bench: Bench) -> None:
    """Print the seconds of making the rows of the whole year, and of the checks."""
    tables = bench.tables | {"flights": pl.read_parquet("data/clean/flights.parquet").lazy()}
    make = lambda known: bench.rows.lazy_rows(bench.project, known, bench.settings)
    start = time.perf_counter()
    made = bench.rows.rows(bench.project, tables, bench.settings)
    between = time.perf_counter()
    bench.hindsight.check(made, bench.hindsight.Join(bench.project.tables, tables, make))
    print(f"rows {between - start:.1f} s, time travel {time.perf_counter() - between:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
