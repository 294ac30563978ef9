"""The only feature code: training, batch and service all call it, on a table, a scan or a single row."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl
import polars.selectors as cs

from ..files import scan_table, write_table
from ..stage import InputError, stage
from .schema import AFTERWARDS, FLIGHTS, KEY, PLANES, TARGET, TIME, WEATHER

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

ZONE = "America/New_York"


def features(rows: Frame) -> Frame:
    """Return the features of `rows`, and key, time and target as far as `rows` have them.

    Each is an expression over one row, so the answer is the same for one row and for all.
    """
    return rows.select(cs.by_name(KEY, TIME, TARGET, require_all=False), *expressions())


@cache
def expressions() -> tuple[pl.Expr, ...]:
    """Return the features as expressions, built once; refuse one that looks ahead."""
    local = pl.col(TIME).dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE)
    departs, arrives = _minute("sched_dep_time"), _minute("sched_arr_time")
    block = (arrives - departs) % 1440
    built = {
        "carrier": pl.col("carrier"),
        "origin": pl.col("origin"),
        "dest": pl.col("dest"),
        "weekday": local.dt.weekday(),
        "departure_minute": departs,
        "arrival_minute": arrives,
        "minute_of_hour": departs % 60,
        "block_minutes": block,
        "distance": pl.col("distance"),
        "pace": pl.col("distance") / (block + 30),
        "manufacturer": pl.col("manufacturer"),
        "aircraft_age": local.dt.year() - pl.col("built"),
        "seats": pl.col("seats"),
        "temp": pl.col("temp"),
        "dewp": pl.col("dewp"),
        "humid": pl.col("humid"),
        "dewpoint_spread": pl.col("temp") - pl.col("dewp"),
        "wind_speed": pl.col("wind_speed"),
        "wind_gust": pl.col("wind_gust").fill_null(pl.col("wind_speed")),
        "precip": pl.col("precip"),
        "pressure": pl.col("pressure"),
        "visib": pl.col("visib"),
    }
    for name, expression in built.items():
        refuse_look_ahead(name, expression)
    return tuple(expression.alias(name) for name, expression in built.items())


def names() -> list[str]:
    """Return the names of the features, in the order in which the model knows them."""
    return [expression.meta.output_name() for expression in expressions()]


def refuse_look_ahead(name: str, expression: pl.Expr) -> None:
    """Raise InputError when `expression` reads a column that is known only after departure."""
    tables = (FLIGHTS, WEATHER, PLANES)
    late = {key for table in tables for key, column in table.columns.items() if column.metadata == AFTERWARDS}
    for column in expression.meta.root_names():
        if column in late | {TARGET}:
            raise InputError(
                f"feature {name!r} reads {column!r}, which is known only after departure:"
                " use what was known before"
            )


def _minute(column: str) -> pl.Expr:
    """Return the minute of the day of a local time written as the number HHMM."""
    return pl.col(column).cast(pl.Int32) // 100 * 60 + pl.col(column).cast(pl.Int32) % 100


def main(examples: Path, target: Path) -> None:
    """Write the features of `examples`, with key, time and target, to `target`."""
    write_table(features(scan_table(examples)), target)


if __name__ == "__main__":
    stage(main)
