"""How much the model leans on each feature: its gain, and the loss when it is shuffled.

A model that does not know its gains has the shares of these losses instead.
"""

from typing import Literal

import numpy as np
import polars as pl

from .artifact import Artifact
from .encoding import Matrix
from .metrics import DIGITS, Floats
from .task import TASKS

ROWS = 20_000  # enough to rank features, and a quarter of the time


def importance(
    artifact: Artifact, matrix: Matrix, target: Floats, *, seed: int
) -> tuple[pl.DataFrame, Literal["gain", "permutation"]]:
    """Return `feature`, its share `gain`, and `permutation`, sorted by gain; and what has shares.

    `permutation` is by how much the headline metric worsens on `matrix`, of shape (rows, features),
    when the feature's column is shuffled (Breiman, 2001), measured on about ROWS rows at most.
    """
    step = -(-len(target) // ROWS)
    matrix, target = matrix[::step], target[::step]
    task, names = TASKS[artifact.manifest.task], artifact.manifest.features
    generator, ones = np.random.default_rng(seed), np.ones(len(target))

    def quality(values: Matrix) -> float:
        measure = task.measure(target, artifact.model.score(values), None)
        return measure(ones)[task.headline]

    whole, losses = quality(matrix), []
    sign = 1 if task.headline in task.larger_is_better else -1
    for column in range(matrix.shape[1]):
        shuffled = matrix.copy()
        shuffled[:, column] = generator.permutation(matrix[:, column])
        losses.append((whole - quality(shuffled)) * sign)
    gained = artifact.model.gains(names)
    gains = np.maximum(losses, 0.0) if gained is None else gained
    table = pl.DataFrame(
        {
            "feature": [feature.name for feature in names],
            "gain": np.round(gains / max(gains.sum(), 1e-12), DIGITS),
            "permutation": np.round(losses, DIGITS),
        }
    ).sort("gain", "feature", descending=[True, False])
    return table, "permutation" if gained is None else "gain"
