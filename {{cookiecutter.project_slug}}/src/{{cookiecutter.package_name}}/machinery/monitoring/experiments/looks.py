"""How wide an interval must be for one look at the planned end, or for any number of looks.

Whoever looks every day, and stops when an interval of 95 % excludes 0, finds a difference between
equal arms in a quarter of all months. An always-valid interval (Robbins' normal mixture; Howard et
al., 2021) excludes it in at most 5 of 100 experiments, however often somebody looks.
"""

from math import log, sqrt
from statistics import NormalDist

ALPHA = 0.05  # of the wrong differences
POWER = 0.8  # of finding a difference that matters, at the planned end

_normal = NormalDist()

# The mixture is tightest at the planned end.
TUNED = -2 * log(ALPHA) + log(1 - 2 * log(ALPHA))


def z_once() -> float:
    """Return the half width, in standard errors, for one look."""
    return _normal.inv_cdf(1 - ALPHA / 2)


def z_any(information: float) -> float:
    """Return the half width, in standard errors, for any number of looks.

    `information` is the inverse of the variance, as a share of what the plan needs.
    """
    grown = TUNED * information
    return sqrt((1 + 1 / grown) * log((1 + grown) / ALPHA**2))


def needed_error(matters: float, *, once: bool) -> float:
    """Return the standard error with which a difference that `matters` is found."""
    z = z_once() if once else z_any(1)
    return matters / (z + _normal.inv_cdf(POWER))
