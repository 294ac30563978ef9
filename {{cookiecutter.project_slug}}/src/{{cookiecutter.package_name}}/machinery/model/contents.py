"""Hashes of what rows hold, so that a copy of a row is recognised under any key."""

import numpy as np
import numpy.typing as npt
import polars as pl

from .encoding import Feature, encode

Hashes = npt.NDArray[np.uint64]

DROPPED = 11  # of the 23 bits after the point: values that differ by less than 0.02 % are the same
ROUNDED = 2 ** (DROPPED - 1)


def content_hashes(rows: pl.DataFrame, features: list[Feature]) -> Hashes:
    """Return a 64-bit hash of the features of each row: the sum of a hash of each value."""
    matrix = encode(rows, features)
    total = np.zeros(len(matrix), dtype=np.uint64)
    for place, column in enumerate(matrix.T):
        values = np.where(np.isnan(column), np.float32(np.nan), column + np.float32(0))  # no -0
        bits = (np.ascontiguousarray(values).view(np.uint32) + np.uint32(ROUNDED)) >> DROPPED
        total += _mixed(bits.astype(np.uint64) | np.uint64((place + 1) << 32))
    return total


def _mixed(value: Hashes) -> Hashes:
    """Return a hash of each number: SplitMix64 (Steele et al., 2014)."""
    value = value * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
