"""How much the model leans on each feature: its gain, and the loss when it is shuffled."""

import numpy as np
import numpy.typing as npt
import polars as pl

from .artifact import Artifact, score_matrix
from .metrics import DIGITS, Floats
from .task import TASKS

ROWS = 20_000  # enough to rank features, and a quarter of the time


def importance(
    artifact: Artifact, matrix: npt.NDArray[np.float32], target: Floats, *, seed: int
) -> pl.DataFrame:
    """Return `feature`, its share of the `gain`, and `permutation`, sorted by gain.

    `permutation` is by how much the headline metric worsens on `matrix`, of shape (rows, features),
    when the feature's column is shuffled (Breiman, 2001), measured on about ROWS rows at most.
    """
    step = -(-len(target) // ROWS)
    matrix, target = matrix[::step], target[::step]
    task, names = TASKS[artifact.manifest.task], artifact.manifest.features
    generator, ones = np.random.default_rng(seed), np.ones(len(target))

    def quality(values: npt.NDArray[np.float32]) -> float:
        measure = task.measure(target, score_matrix(artifact.booster, values), None)
        return measure(ones)[task.headline]

    whole, losses = quality(matrix), []
    sign = 1 if task.headline in task.larger_is_better else -1
    for column in range(matrix.shape[1]):
        shuffled = matrix.copy()
        shuffled[:, column] = generator.permutation(matrix[:, column])
        losses.append((whole - quality(shuffled)) * sign)
    gained = artifact.booster.get_score(importance_type="total_gain")
    gains = np.array([gained.get(feature.name, 0.0) for feature in names], dtype=float)
    return pl.DataFrame(
        {
            "feature": [feature.name for feature in names],
            "gain": np.round(gains / max(gains.sum(), 1e-12), DIGITS),
            "permutation": np.round(losses, DIGITS),
        }
    ).sort("gain", "feature", descending=[True, False])
