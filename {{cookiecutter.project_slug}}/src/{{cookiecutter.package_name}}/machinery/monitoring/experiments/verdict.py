"""What an experiment says: better, worse, no difference that matters, or not enough data."""

from dataclasses import dataclass
from enum import StrEnum

from .effect import Effect
from .looks import needed_error, z_any, z_once
from .split import LIMIT

MIN_UNITS = 100  # of the smaller arm; with fewer, intervals are too narrow


class Says(StrEnum):
    """The verdicts."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "no difference that matters"
    UNKNOWN = "not enough data"
    BROKEN = "the split is broken"


@dataclass(frozen=True)
class Verdict:
    """What an experiment says, and the interval it says it by."""

    says: Says
    low: float
    high: float
    information: float  # as a share of what the plan needs


def judge(
    effect: Effect, *, matters: float, higher_is_better: bool, once: bool, mismatch: float = 1.0
) -> Verdict:
    """Return the verdict on a difference, of which a size that `matters` would change a decision.

    With `once`, this is the only look, and it says nothing before the planned end.
    """
    needed = needed_error(matters, once=once)
    information = (needed / effect.error) ** 2 if effect.error else 0.0
    low, high = float("-inf"), float("inf")
    if information:
        low, high = effect.interval(z_once() if once else z_any(information))
    says = _says(effect, low, high, matters, higher_is_better=higher_is_better)
    if min(effect.units) < MIN_UNITS or (once and information < 1):
        says = Says.UNKNOWN
    if mismatch < LIMIT:
        says = Says.BROKEN
    return Verdict(says, low, high, information)


def _says(
    effect: Effect, low: float, high: float, matters: float, *, higher_is_better: bool
) -> Says:
    if low > 0 or high < 0:
        return Says.BETTER if (effect.estimate > 0) == higher_is_better else Says.WORSE
    return Says.SAME if -matters < low and high < matters else Says.UNKNOWN
