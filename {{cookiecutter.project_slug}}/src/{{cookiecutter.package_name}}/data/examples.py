"""Joins the clean tables: one row is one labelled example, that is, a flight that was flown."""

from pathlib import Path
from typing import Any

import polars as pl

from .. import params
from ..files import scan_table, write_json, write_table
from ..stage import stage
from .border import types
from .schema import EXAMPLES, KEY, TARGET, TIME


def examples(
    flights: pl.LazyFrame,
    weather: pl.LazyFrame,
    planes: pl.LazyFrame,
    *,
    late_after: float | None,
    horizon_hours: float,
    max_weather_age_hours: float,
) -> pl.LazyFrame:
    """Return the columns of EXAMPLES and the target, sorted by departure and key.

    The weather is the newest that was observed at least `horizon_hours` before departure and at
    most `max_weather_age_hours` before that. The target is 1 when the flight arrived more than
    `late_after` minutes late, else 0; without `late_after` it is the delay in minutes.
    Partition by `origin` (weather) and `tailnum` (planes) where one machine is too small.
    """
    delay = pl.col("arr_delay").cast(pl.Float64)
    target = delay if late_after is None else (delay > late_after).cast(pl.Float64)
    return (
        flights.filter(pl.col("arr_delay").is_not_null())  # cancelled or diverted: no example
        .with_columns(target.alias(TARGET), known=pl.col(TIME) - pl.duration(hours=horizon_hours))
        .join(planes, on="tailnum", how="left")
        .sort("known", KEY)
        .join_asof(
            weather.sort("observed"),
            left_on="known",
            right_on="observed",
            by="origin",
            tolerance=f"{round(max_weather_age_hours * 60)}m",
            check_sortedness=False,  # sorted one line above; Polars cannot see it within a group
        )
        .select(*(pl.col(name).cast(type_) for name, type_ in types(EXAMPLES).items()), TARGET)
    )


def report(
    clean: dict[str, pl.LazyFrame], quarantine: Path, joined: pl.LazyFrame
) -> dict[str, Any]:
    """Return how many rows each table kept, how many values it lacks, what broke which rule."""
    counts = {
        name: {
            "rows": table.select(pl.len()).collect().item(),
            "missing": _missing(table),
            "quarantined": _rules(scan_table(quarantine / f"{name}.parquet")),
        }
        for name, table in clean.items()
    }
    rows, mean = joined.select(pl.len(), pl.col(TARGET).mean().round(6)).collect().row(0)
    return counts | {"examples": {"rows": rows, "mean_target": mean}}


def _missing(table: pl.LazyFrame) -> dict[str, int]:
    counts = table.null_count().collect().row(0, named=True)
    return {column: count for column, count in counts.items() if count}


def _rules(quarantined: pl.LazyFrame) -> dict[str, int]:
    return dict(quarantined.group_by("rule").len().sort("rule").collect().rows())


def main(
    flights: Path, weather: Path, planes: Path, quarantine: Path, target: Path, counts: Path
) -> None:
    """Write the examples made of the three clean tables to `target`, and `counts` of their rows."""
    tables = {path.stem: scan_table(path) for path in (flights, weather, planes)}
    write_table(examples(*tables.values(), **params.load().examples.model_dump()), target)
    write_json(report(tables, quarantine, scan_table(target)), counts)


if __name__ == "__main__":
    stage(main)
