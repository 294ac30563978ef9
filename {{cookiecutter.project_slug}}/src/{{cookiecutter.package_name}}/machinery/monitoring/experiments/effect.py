"""The difference between two arms of an experiment, and how well it is known.

The unit is what was assigned to an arm, such as a customer, not the row: rows of one unit resemble
each other. A measure is the total of a unit's values over the number of its rows, so its variance
is that of a ratio, by the delta method (Deng et al., 2018). Stages of a ramp are compared within
themselves and then pooled, because the share of the challenger and the world may change together.
"""

from dataclasses import dataclass
from math import sqrt

import polars as pl

CELL = ("stage", "arm")


@dataclass(frozen=True)
class Stage:
    """One stage with few yes and no: its weight, and yes and units of both arms."""

    weight: float
    treated: tuple[int, int]
    control: tuple[int, int]


@dataclass(frozen=True)
class Effect:
    """How much larger the mean of the treated arm is than that of the control arm."""

    estimate: float
    error: float  # the standard error
    treated: float  # the mean, with the same weights of the stages
    control: float
    units: tuple[int, int]  # of treated and control
    shares: tuple[Stage, ...] = ()  # if the measure is yes or no

    def interval(self, z: float) -> tuple[float, float]:
        """Return the interval of `z` standard errors: Newcombe's (1998, method 10) for shares."""
        if not self.shares:
            return self.estimate - z * self.error, self.estimate + z * self.error
        below = above = 0.0
        for stage in self.shares:
            low, high = _newcombe(stage.treated, stage.control, z)
            below, above = below + (stage.weight * low) ** 2, above + (stage.weight * high) ** 2
        return self.estimate - sqrt(below), self.estimate + sqrt(above)


def effect(units: pl.DataFrame, *, treated: str, control: str) -> Effect | None:
    """Return the difference between two arms, or None where no stage has two units in each.

    `units` has a row for each stage and unit: `stage`, `unit`, `arm`, `rows` and `total`.
    """
    cells = (
        units.filter(pl.col("arm").is_in([treated, control]))
        .with_columns(n=pl.len().over(CELL), of_rows=pl.col("rows").sum().over(CELL))
        .with_columns(mean=pl.col("total").sum().over(CELL) / pl.col("of_rows"))
    )
    stages = _stages(cells, treated, control)
    if stages.is_empty():
        return None
    cells = cells.join(stages.select("stage", "weight"), on="stage")
    sign = pl.when(pl.col("arm") == treated).then(1.0).otherwise(-1.0)
    # What a unit adds to the estimate; one of several stages adds once, so that they may resemble.
    residual = (pl.col("total") - pl.col("mean") * pl.col("rows")) / pl.col("of_rows")
    bessel = (pl.col("n") / (pl.col("n") - 1)).sqrt()
    added = cells.group_by("unit").agg((sign * pl.col("weight") * bessel * residual).sum())
    weights = stages["weight"]
    means = [float((weights * stages[f"mean_{arm}"]).sum()) for arm in (treated, control)]
    counts = dict(cells.group_by("arm").agg(pl.col("unit").n_unique()).iter_rows())
    alone = bool((cells["rows"] == 1).all()) and added.height == cells.height
    return Effect(
        estimate=means[0] - means[1],
        error=sqrt(float((added[added.columns[1]] ** 2).sum())),
        treated=means[0],
        control=means[1],
        units=(counts[treated], counts[control]),
        shares=_shares(stages, treated, control)
        if alone and cells["total"].is_in([0.0, 1.0]).all()
        else (),
    )


def _stages(cells: pl.DataFrame, treated: str, control: str) -> pl.DataFrame:
    """Return each stage that has both arms: their means, units and totals, and its weight.

    The weight is that of Mantel and Haenszel: it does not depend on the outcomes.
    """
    both = [
        cells.filter(pl.col("arm") == arm, pl.col("n") > 1)
        .group_by("stage")
        .agg(
            pl.col("mean").first().alias(f"mean_{arm}"),
            pl.col("n").first().alias(f"n_{arm}"),
            pl.col("total").sum().alias(f"total_{arm}"),
        )
        for arm in (treated, control)
    ]
    product = pl.col(f"n_{treated}") * pl.col(f"n_{control}")
    size = product / (pl.col(f"n_{treated}") + pl.col(f"n_{control}"))
    return both[0].join(both[1], on="stage").sort("stage").with_columns(weight=size / size.sum())


def _shares(stages: pl.DataFrame, treated: str, control: str) -> tuple[Stage, ...]:
    return tuple(
        Stage(
            row["weight"],
            (round(row[f"total_{treated}"]), row[f"n_{treated}"]),
            (round(row[f"total_{control}"]), row[f"n_{control}"]),
        )
        for row in stages.iter_rows(named=True)
    )


def _newcombe(treated: tuple[int, int], control: tuple[int, int], z: float) -> tuple[float, float]:
    """Return how far the interval of a difference reaches below and above the estimate."""
    one, other = treated[0] / treated[1], control[0] / control[1]
    (low, high), (other_low, other_high) = _wilson(*treated, z), _wilson(*control, z)
    return (
        sqrt((one - low) ** 2 + (other_high - other) ** 2),
        sqrt((high - one) ** 2 + (other - other_low) ** 2),
    )


def _wilson(yes: int, units: int, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share, square = yes / units, z * z / units
    middle = (share + square / 2) / (1 + square)
    half = z * sqrt(share * (1 - share) / units + square / (4 * units)) / (1 + square)
    return middle - half, middle + half
