"""The only feature code: training, batch and service call it, on a table, a scan or one row."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl
import polars.selectors as cs

from ..files import scan_table, write_table
from ..stage import InputError, stage
from .schema import AFTERWARDS, FLIGHTS, KEY, PLANES, TARGET, TIME, WEATHER

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Raise it when a feature changes its meaning: models of another version are then refused.
VERSION = 1

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
        "holiday_distance": _days_to_holiday(local.dt.date()),
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
        "wet": (pl.col("precip") > 0).cast(pl.Int8),
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
    columns = FLIGHTS.columns | WEATHER.columns | PLANES.columns
    late = {column for column, rule in columns.items() if rule.metadata == AFTERWARDS}
    for column in expression.meta.root_names():
        if column in late | {TARGET}:
            raise InputError(
                f"feature {name!r} reads {column!r}, which is known only after departure:"
                " use what was known before"
            )


def _days_to_holiday(day: pl.Expr) -> pl.Expr:
    """Return the days to the nearest of the holidays on which America travels, 7 at most."""
    year = day.dt.year()
    holidays = (
        pl.date(year, 1, 1),
        _weekday_from(pl.date(year, 5, 25), weekday=1),  # Memorial Day, the last Monday of May
        pl.date(year, 7, 4),
        _weekday_from(pl.date(year, 9, 1), weekday=1),  # Labor Day, the first Monday
        _weekday_from(pl.date(year, 11, 22), weekday=4),  # Thanksgiving, the fourth Thursday
        pl.date(year, 12, 25),
        pl.date(year + 1, 1, 1),
    )
    return pl.min_horizontal((day - holiday).dt.total_days().abs() for holiday in holidays).clip(
        upper_bound=7
    )


def _weekday_from(first: pl.Expr, *, weekday: int) -> pl.Expr:
    """Return the first day from `first` on that is `weekday`, Monday being 1."""
    return first + pl.duration(days=(weekday + 7 - first.dt.weekday()) % 7)


def _minute(column: str) -> pl.Expr:
    """Return the minute of the day of a local time written as the number HHMM."""
    return pl.col(column).cast(pl.Int32) // 100 * 60 + pl.col(column).cast(pl.Int32) % 100


def main(examples: Path, target: Path) -> None:
    """Write the features of `examples`, with key, time and target, to `target`."""
    write_table(features(scan_table(examples)), target)


if __name__ == "__main__":
    stage(main)
