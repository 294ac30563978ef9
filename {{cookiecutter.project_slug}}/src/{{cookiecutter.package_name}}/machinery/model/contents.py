"""Hashes of what rows hold, so that a copy of a row is recognised under any key."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from .encoding import Feature, encode

Hashes = npt.NDArray[np.uint64]

DROPPED = 11  # of the 23 bits after the point: values that differ by less than 0.02 % are the same
ROUNDED = 2 ** (DROPPED - 1)
MOST = 2000  # values of a feature
PREFIX = 24  # bits


def content_hashes(rows: pl.DataFrame, features: list[Feature]) -> Hashes:
    """Return a 64-bit hash of the features of each row: the sum of a hash of each value."""
    total = np.zeros(rows.height, dtype=np.uint64)
    for values in value_hashes(rows, features):
        total += values
    return total


def value_hashes(rows: pl.DataFrame, features: list[Feature]) -> Iterator[Hashes]:
    """Yield for each feature a 64-bit hash of its value in each row."""
    for place, column in enumerate(encode(rows, features).T):
        values = np.where(np.isnan(column), np.float32(np.nan), column + np.float32(0))  # no -0
        bits = (np.ascontiguousarray(values).view(np.uint32) + np.uint32(ROUNDED)) >> DROPPED
        yield _mixed(bits.astype(np.uint64) | np.uint64((place + 1) << 32))


def known_but_for_one(
    rows: pl.DataFrame, known: Hashes, features: list[Feature], others: pl.DataFrame
) -> npt.NDArray[np.bool_]:
    """Return which `rows` have a hash in `known` when the value of one feature is replaced.

    We try the MOST frequent values of each feature in `others`.
    """
    known, own = np.unique(known), [*value_hashes(rows, features)]
    total = np.sum(own, axis=0, dtype=np.uint64)
    found = np.zeros(rows.height, dtype=bool)
    begins = np.zeros(1 << PREFIX, dtype=bool)  # most hashes are known not to be there by 24 bits
    begins[known >> (64 - PREFIX)] = True
    for part, offered in zip(own, value_hashes(others, features), strict=True):
        values, counts = np.unique(offered, return_counts=True)
        values = values[np.argsort(-counts, kind="stable")[:MOST]]
        tried = (total - part)[:, np.newaxis] + values
        row, value = np.nonzero(begins[tried >> (64 - PREFIX)])
        likely = tried[row, value]
        there = known.take(np.searchsorted(known, likely), mode="clip") == likely
        found[row[there]] = True
    return found


def _mixed(value: Hashes) -> Hashes:
    """Return a hash of each number: SplitMix64 (Steele et al., 2014)."""
    value = value * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
