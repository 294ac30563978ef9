"""How far a window of days is from the reference, and how far the reference's own windows are.

The day is the unit, not the row: rows of one day resemble each other, so that tests by rows alarm
in nearly every quiet week.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.bins import MISSING, UNKNOWN, Counts

Floats = npt.NDArray[np.float64]

SEED = 20130101  # of the thinning, so that a verdict can be repeated
LEAST = 0.001  # a share that may change without notice: otherwise one row could be infinitely far


def jensen_shannon(counts: npt.NDArray[Any], others: npt.NDArray[Any]) -> Floats:
    """Return the Jensen-Shannon distance, 0 to 1, of each row of `counts` to that of `others`.

    The distance is the square root of the divergence to base 2. It is 0 to a row without counts.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (each / each.sum(axis=-1, keepdims=True) for each in (counts, others))
        middle = (first + second) / 2
        parts = [np.where(each > 0, each * np.log2(each / middle), 0.0) for each in (first, second)]
        divergence = (parts[0] + parts[1]).sum(axis=-1) / 2
    distance: Floats = np.sqrt(np.clip(np.nan_to_num(divergence), 0, 1))
    return distance


def values(counts: Counts) -> Counts:
    """Return the counts of values alone, without missing ones."""
    return np.delete(counts, MISSING, axis=-1)


def missing(counts: Counts) -> Counts:
    """Return the counts of missing and of present values."""
    return _against_all(counts, MISSING)


def unknown(counts: Counts) -> Counts:
    """Return the counts of unknown values and of all others, missing ones too."""
    return _against_all(counts, UNKNOWN)


def _against_all(counts: Counts, place: int) -> Counts:
    found = counts[..., place]
    return np.stack([found, counts.sum(axis=-1) - found], axis=-1)


def windows(by_day: Counts, length: int) -> Counts:
    """Return the sum of each `length` days in a row."""
    sums = np.concatenate([np.zeros_like(by_day[:1]), np.cumsum(by_day, axis=0)])
    found: Counts = sums[length:] - sums[:-length]
    return found


def thinned(by_day: Counts, rows: int) -> Counts:
    """Return each day with at most `rows` rows, drawn without replacement by a fixed seed.

    A small arm varies more by chance than the whole reference, and has to be compared with days as
    small as its own (multivariate hypergeometric).
    """
    draw = np.random.default_rng(SEED)
    left = by_day.sum(axis=1)
    wanted, found = np.minimum(left, rows), np.zeros_like(by_day)
    for place, held in enumerate(by_day.T):  # bin by bin, for all days at once
        left = left - held
        found[:, place] = draw.hypergeometric(held, left, wanted)
        wanted = wanted - found[:, place]
    return found


def usual(distances: Floats, rows: int) -> float:
    """Return how far a window usually is when it is far: the mean of its furthest tenth.

    It makes columns comparable of which one is calm and another has rare storms; the mean of all
    would let the second decide what is quiet for the first.
    """
    furthest = np.sort(distances)[-max(1, len(distances) // 10) :]
    return max(float(furthest.mean()), least(rows))


def least(rows: int) -> float:
    """Return the distance that a share of LEAST, or one row of a window, makes."""
    share = max(LEAST, 1 / max(rows, 1))
    found = jensen_shannon(np.array([1 - share, share]), np.array([1.0, 0.0]))
    return float(found)
