"""Contributions of features for models that do not give their own: Shapley values, estimated.

Each feature in turn takes the row's value instead of the typical one, in several orders; what the
score changes by is the feature's contribution (Štrumbelj and Kononenko, 2014). Together they are
exactly the difference between the row's margin and that of the typical row.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from .encoding import Matrix
from .metrics import Floats

ORDERS = 8  # and as many in reverse, which halves the error


def typical(matrix: Matrix) -> list[float | None]:
    """Return the most frequent value of each column, missing being one; the lower of two."""
    counts = (
        pl.Series(column).fill_nan(None).value_counts(sort=False, name="rows")
        for column in matrix.T
    )
    return [
        count.sort("rows", count.columns[0], descending=[True, False], nulls_last=True)
        .to_series(0)
        .to_list()[0]
        for count in counts
    ]


def contributions(
    score: Callable[[Matrix], Floats], matrix: Matrix, reference: list[float | None]
) -> Floats:
    """Return what each feature adds to each row's margin, of shape (rows, features).

    Of several classes, the shape is (rows, classes, features).
    """
    draw = np.random.default_rng(1)
    orders = [draw.permutation(matrix.shape[1]) for _ in range(ORDERS)]
    start = np.tile(np.array(reference, dtype=np.float32), (len(matrix), 1))
    before = margin(score(start))
    total = np.zeros((*before.shape, matrix.shape[1]))
    for order in [*orders, *(order[::-1] for order in orders)]:
        rows, last = start.copy(), before
        for column in order:
            rows[:, column] = matrix[:, column]
            now = margin(score(rows))
            total[..., column] += now - last
            last = now
    return total / (2 * ORDERS)


def margin(score: Floats) -> Floats:
    """Return log-odds of probabilities, also of classes, and other numbers as they are."""
    if score.ndim > 1 or (len(score) and score.min() >= 0 and score.max() <= 1):
        clipped = np.clip(score, 1e-7, 1 - 1e-7)
        return np.asarray(np.log(clipped) - np.log1p(-clipped))
    return score
