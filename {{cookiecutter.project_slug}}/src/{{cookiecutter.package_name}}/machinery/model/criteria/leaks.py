"""Finds leaks: test rows in the training, or the answer among the features."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from ...data.split import key_hashes
from ...data.table import KEY, TARGET
from ..encoding import Feature, encode

Matrix = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

ROWS = 5_000  # on which pairs of features are tried
BINS = 50
TELLS = 0.999  # a pair of features with this AUC or more gives the target


def shared_keys(trained_on: npt.NDArray[np.uint64], test: pl.DataFrame) -> int:
    """Return how many of the test rows have a key whose hash is in `trained_on`."""
    return int(np.isin(key_hashes(test[KEY]), trained_on).sum())


def single_features(
    train: pl.DataFrame, test: pl.DataFrame, features: list[Feature], *, several: bool = False
) -> dict[str, float]:
    """Return the AUC that each feature reaches on `test` alone.

    Each value is replaced by the share of positives of its bin. An AUC of the values themselves
    would miss a category, a bend and a missing value that knows the answer. The shares come from
    `train`, so that a category of thousands of values does not look like a leak.
    """
    sides = [(positive(train), positive(test))]
    if several:  # classes: each against all others
        values = train[TARGET].unique().sort()
        sides = [
            (np.asarray(train[TARGET] == each), np.asarray(test[TARGET] == each)) for each in values
        ]
    rows, others = encode(train, features), encode(test, features)
    aucs = {}
    for place, feature in enumerate(features):
        edges = _edges(rows[:, place], feature)
        bins, found = _bins(rows[:, place], edges), _bins(others[:, place], edges)
        count = np.bincount(bins, minlength=len(edges) + 2)
        reached = []
        for learned, judged in sides:
            hits = np.bincount(bins, weights=learned, minlength=len(edges) + 2)
            share = np.where(count, hits / np.maximum(count, 1), learned.mean())
            if 0 < judged.sum() < len(judged):
                reached.append(float(roc_auc_score(judged, share[found])))
        aucs[feature.name] = max(reached)
    return aucs


def positive(rows: pl.DataFrame) -> Mask:
    """Return which rows have a target above half; of a number, above its median."""
    target = rows[TARGET].to_numpy()
    return np.asarray(target > (0.5 if np.isin(target, (0, 1)).all() else np.median(target)))


def _edges(column: Matrix, feature: Feature) -> Matrix:
    if feature.kind == "category":
        return np.arange(1, len(feature.categories), dtype=np.float32)
    known = column[np.isfinite(column)]
    return np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else known


def _bins(column: Matrix, edges: Matrix) -> npt.NDArray[np.int64]:
    """Return the bin of each value; a missing value has the last one to itself."""
    return np.where(np.isnan(column), len(edges) + 1, np.digitize(column, edges))


def identities(rows: pl.DataFrame, features: list[Feature]) -> list[str]:
    """Return the numeric features that equal the target, and the sums and differences that give it.

    They give it if they rank its positive rows above the others almost perfectly.
    """
    rows = rows.gather_every(-(-rows.height // ROWS))
    target, hits = rows[TARGET].cast(pl.Float32).to_numpy(), positive(rows)  # as encode gives
    numbers = [feature for feature in features if feature.kind == "numeric"]
    columns = dict(zip((each.name for each in numbers), encode(rows, numbers).T, strict=True))
    equal = [name for name, column in columns.items() if np.array_equal(column, target)]
    pairs = {
        f"{first} {sign} {second}": columns[first] + (1 if sign == "+" else -1) * columns[second]
        for first, second in combinations(columns, 2)
        for sign in "+-"
    }
    alone = {name for name, column in columns.items() if _gives(column, hits)}
    return equal + [
        pair
        for pair, column in pairs.items()
        if not alone & {pair.split()[0], pair.split()[2]} and _gives(column, hits)
    ]


def _gives(column: Matrix, hits: Mask) -> bool:
    known = np.isfinite(column)
    hits, column = hits[known], column[known]
    above, below = int(hits.sum()), int((~hits).sum())
    if not above or not below:
        return False
    # By ranks, as scikit-learn's checks of its input would take most of the gate's time.
    auc = (rankdata(column)[hits].sum() - above * (above + 1) / 2) / (above * below)
    return bool(max(auc, 1 - auc) >= TELLS)
