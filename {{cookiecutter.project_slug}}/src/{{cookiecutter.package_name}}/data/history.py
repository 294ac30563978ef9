"""History of a flight: the departures before it, as known at the moment of its prediction."""

from collections.abc import Sequence

import polars as pl

from ..machinery.data.table import KEY, PREDICTED_AT

LATE = 15  # minutes
# The columns that other flights share with a flight, and how many hours back they count.
WINDOWS = {
    "origin": (["origin"], 2),
    "carrier": (["carrier", "origin"], 4),
    "dest": (["dest"], 6),
}
AIRCRAFT = "24h"
SUMS = ("number", "delay", "late")


def history(flights: pl.LazyFrame) -> pl.LazyFrame:
    """Return `flights` with the number, mean delay and share late of recent departures.

    A delay counts from the moment the flight `departed`, which is when it becomes known.
    """
    flown = flights.drop_nulls("departed").sort("departed", KEY)
    asked = flights.drop("departed", "dep_delay").sort(PREDICTED_AT, KEY)
    for name, (shared, hours) in WINDOWS.items():
        asked = _recent(asked, flown, name, shared, hours)
    last = flown.drop_nulls("tailnum").select("tailnum", "departed", aircraft_delay="dep_delay")
    return asked.join_asof(
        last,
        left_on=PREDICTED_AT,
        right_on="departed",
        by="tailnum",
        tolerance=AIRCRAFT,
        check_sortedness=False,  # sorted above; Polars cannot see it within a group
    ).drop("departed")


def _recent(
    asked: pl.LazyFrame, flown: pl.LazyFrame, name: str, shared: Sequence[str], hours: int
) -> pl.LazyFrame:
    """Add what the last `hours` hold: the sums up to now without the sums up to then."""
    totals = flown.select(
        *shared,
        "departed",
        number=pl.lit(1),
        delay=pl.col("dep_delay").cast(pl.Int64),
        late=(pl.col("dep_delay") > LATE).cast(pl.Int64),
    ).with_columns(pl.col(SUMS).cum_sum().over(shared))
    for when, back in (("now", 0), ("then", hours)):
        asked = asked.with_columns(moment=pl.col(PREDICTED_AT) - pl.duration(hours=back)).join_asof(
            totals.select(*shared, pl.col("departed", *SUMS).name.suffix(f"_{when}")),
            left_on="moment",
            right_on=f"departed_{when}",
            by=shared,
            check_sortedness=False,
        )
    number, delay, late = (
        pl.col(f"{each}_now").fill_null(0) - pl.col(f"{each}_then").fill_null(0) for each in SUMS
    )
    return asked.with_columns(
        number.alias(f"{name}_departures"),
        pl.when(number > 0).then(delay / number).alias(f"{name}_delay"),
        pl.when(number > 0).then(late / number).alias(f"{name}_late"),
    ).drop("moment", "^.*_(now|then)$")
