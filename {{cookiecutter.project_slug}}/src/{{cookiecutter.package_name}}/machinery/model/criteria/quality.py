"""The criteria of quality: good enough, and better than what is simpler.

Gains are shares of the other model's metric, so that one limit means the same for an AUC and for an
error in minutes. In slices the upper bound counts: some of twenty are worse by chance alone.
"""

from collections.abc import Iterator

import numpy as np

from ...errors import InputError
from ..evaluation import Comparison
from ..metrics import DIGITS
from ..task import Task
from ..verdict import Criterion
from .case import Case, percent

RIVALS = {"linear": "linear baseline", "champion": "champion", "best": "best release"}


def floors(case: Case) -> Iterator[Criterion]:
    """Hold each metric to its floor, or to its ceiling where smaller is better."""
    for name, limit in case.limits.floors.items():
        if name not in case.measured:
            raise InputError(
                f"params.yaml: gate.floors names {name}, but a {case.candidate.manifest.task}"
                f" task has {', '.join(case.measured)}: run `model reset-gate`"
            )
        value, floor = case.measured[name], name in case.task.larger_is_better
        yield Criterion(
            name,
            f"at {'least' if floor else 'most'} {limit:g}",
            f"{value:.4f}",
            value >= limit if floor else value <= limit,
            "a model that is worse than this is useless",
        )


def baseline(case: Case) -> Iterator[Criterion]:
    """Ask for a headline metric beyond that of the linear baseline, by the lower bound."""
    limit, overall = case.limits.min_over_baseline, case.evaluation.overall
    low, value, high = gain(overall, "linear", case.task)
    yield Criterion(
        "gain over the linear baseline",
        f"low end above {percent(limit)}" + (", high end not below 0" if limit > -1 else ""),
        f"{percent(value)}, {percent(low)} to {percent(high)}",
        low > limit and (high >= 0 or limit <= -1),
        "a model that loses to a linear one is not worth its upkeep",
    )
    yield worst_slice(case.evaluation.slices, "linear", case)
    if case.champion is None or case.limits.max_below_champion is None:
        yield too_good(overall, "linear", case, case.limits.max_above_baseline)


def too_good(group: Comparison, rival: str, case: Case, limit: float | None) -> Criterion:
    """Ask that the gain is not too good to be true, as a share of what the rival left to gain."""
    headline = case.task.headline
    best = 1.0 if headline in case.task.larger_is_better else 0.0
    than = group.models[rival][headline].value or 0.0
    left = max(abs(best - than), 10.0**-DIGITS)
    low, value, _ = (share * abs(than) / left for share in gain(group, rival, case.task))
    return Criterion(
        f"gain over the {RIVALS[rival]}, of what is left to gain",
        "-" if limit is None else f"low end at most {percent(limit)}",
        f"{percent(value)}, low end {percent(low)}",
        limit is None or low <= limit,
        "a leap is more often a leak: look for what the features know too early",
        holds=True,
    )


def calibration(case: Case) -> Iterator[Criterion]:
    """Ask that scores agree with the outcomes."""
    error, limit = case.task.miscalibration(case.measured), case.limits.max_calibration_error
    yield Criterion(
        "calibration error",
        f"at most {limit:g}",
        f"{error:.4f}",
        error <= limit,
        "decisions use a threshold, so scores must agree with the outcomes",
    )


def spread(case: Case) -> Iterator[Criterion]:
    """Ask that scores differ, from the 5th to the 95th percentile, in deviations of the target."""
    limit = case.limits.min_score_spread
    several = case.score.ndim > 1
    target = case.target[:, None] == np.arange(case.score.shape[1]) if several else case.target
    low, high = np.quantile(case.score, (0.05, 0.95), axis=0)
    width = float(np.mean((high - low) / np.maximum(target.std(axis=0), 10.0**-DIGITS)))
    yield Criterion(
        "spread of the scores",
        f"at least {limit:g}",
        f"{width:.3f}",
        width >= limit,
        "scores that have collapsed rank nothing",
    )


def worst_slice(compared: dict[str, Comparison], rival: str, case: Case) -> Criterion:
    """Ask for no slice in which the rival is better by more than the limit, beyond chance."""
    limit = case.limits.max_below_in_slice
    gains = {
        name: gain(group, rival, case.task)
        for name, group in compared.items()
        if "=" in name and group.models[rival][case.task.headline].value is not None
    }
    name = min(gains, key=lambda each: gains[each][2], default="")
    _, value, high = gains.get(name, (0.0, 0.0, 0.0))
    found = f"{percent(value)}, high end {percent(high)}: {name}"
    return Criterion(
        f"worst slice against the {RIVALS[rival]}",
        f"high end above {percent(-limit)}",
        found if name else "no slice can be measured",
        high > -limit,
        "a good average must not hide a group that is served badly",
    )


def gain(group: Comparison, rival: str, task: Task) -> tuple[float, float, float]:
    """Return low, value and high of the headline metric's gain, as a share of the rival's."""
    than = max(abs(group.models[rival][task.headline].value or 0.0), 10.0**-DIGITS)
    difference = group.difference_to[rival][task.headline]
    bounds = (difference.low, difference.value, difference.high)
    shares = [(bound or 0.0) / than for bound in bounds]
    if task.headline not in task.larger_is_better:
        shares = [-share for share in reversed(shares)]
    low, value, high = shares
    return low, value, high


QUALITY = (floors, baseline, calibration, spread)
