"""Whether the arms have as many units as their shares say: answers are rarely lost at random."""

from collections.abc import Mapping, Sequence
from math import erfc, exp, sqrt

LIMIT = 0.001  # chance explains no smaller probability, however often somebody looks


def mismatch(units: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Return how probable counts as uneven as `units` are with these `shares`, by chi-square.

    Units are counted, not rows: a unit with many rows would look like a mismatch.
    """
    open_arms = [arm for arm, share in shares.items() if share > 0]
    total = sum(units.get(arm, 0) for arm in open_arms)
    if total == 0 or len(open_arms) < 2:  # noqa: PLR2004  nothing to compare
        return 1.0
    whole = sum(shares[arm] for arm in open_arms)
    expected = {arm: total * shares[arm] / whole for arm in open_arms}
    square = sum((units.get(arm, 0) - expected[arm]) ** 2 / expected[arm] for arm in open_arms)
    # There are two or three arms, for which the distribution is a known function.
    return exp(-square / 2) if len(open_arms) > 2 else erfc(sqrt(square / 2))  # noqa: PLR2004


def smallest(probabilities: Sequence[float]) -> float:
    """Return the probability over several stages: the smallest, times their number."""
    return min(1.0, min(probabilities, default=1.0) * len(probabilities))
