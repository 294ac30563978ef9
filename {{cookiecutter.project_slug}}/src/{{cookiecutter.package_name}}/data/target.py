"""The label of a flight, from its outcome."""

import polars as pl

from ..machinery.data.table import KEY, TARGET
from ..params import Rows


def target(*, flights: pl.LazyFrame, params: Rows) -> pl.LazyFrame:
    """Return `key` and `target` of each flown flight; cancelled and diverted ones have no target.

    The target is 1 when the flight arrived more than `late_after` minutes late, else 0; without
    `late_after` it is the delay in minutes.
    """
    delay = pl.col("arr_delay").cast(pl.Float64)
    label = delay if params.late_after is None else (delay > params.late_after).cast(pl.Float64)
    return flights.select(KEY, label.alias(TARGET)).drop_nulls(TARGET)
