"""Joins the clean tables: one row is one flight, with what is known before it departs."""

import polars as pl

from ..machinery.data.table import KEY
from ..params import Rows
from .schema import TIME


def rows(
    *, flights: pl.LazyFrame, weather: pl.LazyFrame, planes: pl.LazyFrame, params: Rows
) -> pl.LazyFrame:
    """Return the columns of ROW for each flight, whether or not its outcome is known.

    The weather is the newest that was observed at least `horizon_hours` before departure and at
    most `max_weather_age_hours` before that.
    Partition by `origin` (weather) and `tailnum` (planes) where one machine is too small.
    """
    return (
        flights.with_columns(known=pl.col(TIME) - pl.duration(hours=params.horizon_hours))
        .join(planes, on="tailnum", how="left")
        .sort("known", KEY)
        .join_asof(
            weather.sort("observed"),
            left_on="known",
            right_on="observed",
            by="origin",
            tolerance=f"{round(params.max_weather_age_hours * 60)}m",
            check_sortedness=False,  # sorted one line above; Polars cannot see it within a group
        )
    )
