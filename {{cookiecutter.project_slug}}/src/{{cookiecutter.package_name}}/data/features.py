"""The only feature code: training, batch and service call it, on a table or on one row."""

from datetime import date
from functools import cache

import polars as pl

from .schema import HISTORY, TIME

# Raise it when a feature changes its meaning: models of another version are then refused.
VERSION = 2

ZONE = "America/New_York"

DAYS = 146_097  # in 400 years, after which the calendar repeats


def features(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the features of `rows`, each an expression over one row.

    The expressions run in turn: to hand those of a single row to other threads takes longer. A
    large table is computed in portions, on all cores.
    """
    return rows.with_columns_seq(**shared()).select_seq(**expressions())


@cache
def shared() -> dict[str, pl.Expr]:
    """Return what several features need, as columns, so that it is computed once."""
    return {
        "local": pl.col(TIME).dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE),
        "departs": _minute("sched_dep_time"),
        "arrives": _minute("sched_arr_time"),
    }


@cache
def expressions() -> dict[str, pl.Expr]:
    """Return the features as expressions, built once because a single row must not wait for it."""
    local, departs, arrives = (pl.col(name) for name in shared())
    block = (arrives - departs) % 1440
    return {
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
        **{name: pl.col(name) for name in HISTORY},
        "aircraft_delay": pl.col("aircraft_delay"),
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


def _days_to_holiday(day: pl.Expr) -> pl.Expr:
    """Return the days to the nearest of the holidays on which America travels, 7 at most.

    It looks them up, because a single row would wait longer for the rule than for all the rest.
    """
    epoch = day.cast(pl.Int32)  # days since 1970
    return pl.lit(_holiday_distances()).gather(epoch % DAYS)


@cache
def _holiday_distances() -> pl.Series:
    """Return the distance for each day of 400 years from 1970 on."""
    days = pl.date_range(date(1970, 1, 1), date(2369, 12, 31), eager=True)
    return days.to_frame("day").select(_holiday_distance(pl.col("day"))).to_series()


def _holiday_distance(day: pl.Expr) -> pl.Expr:
    """Return the distance by the rule, from days of the year."""
    today = day.dt.ordinal_day().cast(pl.Int64)
    weekday, leap = day.dt.weekday().cast(pl.Int64), day.dt.is_leap_year().cast(pl.Int64)

    def first(wanted: int, start: pl.Expr) -> pl.Expr:
        """Return the first day from `start` on that has the weekday `wanted`, Monday being 1."""
        return start + (wanted - weekday - start + today) % 7

    holidays = (
        pl.lit(1),
        first(1, leap + 145),  # Memorial Day, the last Monday of May, from May 25 on
        leap + 185,  # July 4
        first(1, leap + 244),  # Labor Day, the first Monday of September
        first(4, leap + 326),  # Thanksgiving, the fourth Thursday of November, from the 22nd on
        leap + 359,  # December 25
        leap + 366,  # the next January 1
    )
    return pl.min_horizontal((today - holiday).abs() for holiday in holidays).clip(upper_bound=7)


def _minute(column: str) -> pl.Expr:
    """Return the minute of the day of a local time written as the number HHMM."""
    time = pl.col(column).cast(pl.Int32)
    return time - time // 100 * 40  # an hour is written as 100 and has 60 minutes
