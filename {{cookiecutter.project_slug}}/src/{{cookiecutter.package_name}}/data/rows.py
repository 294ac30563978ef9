"""Joins the clean tables: one row is one flight, with what is known before it departs."""

import polars as pl

from ..machinery.data.table import KEY, PREDICTED_AT
from ..params import Rows
from .history import history
from .schema import TIME


def rows(
    *, flights: pl.LazyFrame, weather: pl.LazyFrame, planes: pl.LazyFrame, params: Rows
) -> pl.LazyFrame:
    """Return the columns of ROW for each flight, whether or not its outcome is known.

    A flight is predicted `horizon_hours` before departure. Its history and the weather are those
    known then; weather older than `max_weather_age_hours` counts as missing.
    Where one machine is too small, `parts` in schema.py says which of the tables a row needs.
    """
    moment = pl.col(TIME) - pl.duration(hours=params.horizon_hours)
    return (
        history(flights.with_columns(moment.alias(PREDICTED_AT)))
        .join(planes, on="tailnum", how="left")
        .sort(PREDICTED_AT, KEY)
        .join_asof(
            weather.sort("observed"),
            left_on=PREDICTED_AT,
            right_on="observed",
            by="origin",
            tolerance=f"{round(params.max_weather_age_hours * 60)}m",
            check_sortedness=False,  # sorted one line above; Polars cannot see it within a group
        )
    )
