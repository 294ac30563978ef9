"""The models that the candidate has to beat: a constant, and a linear model on the same rows."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.compose import make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, SplineTransformer

from .encoding import Feature
from .metrics import Floats

Model = Callable[[npt.NDArray[np.float32]], Floats]  # of shape (rows, features) -> scores

FIT, ANSWER = 200_000, 50_000  # rows that are expanded to a spline basis at once: 1 GiB at most


def constant(target: Floats, classes: int = 0) -> Model:
    """Return the model that answers with the mean of `target`, or the share of each class."""
    if classes:
        shares = np.bincount(target.astype(int), minlength=classes) / len(target)
        return lambda rows: np.tile(shares, (len(rows), 1))
    mean = target.mean()
    return lambda rows: np.full(len(rows), mean)


def linear(
    matrix: npt.NDArray[np.float32],
    target: Floats,
    *,
    features: list[Feature],
    estimator: LogisticRegression | Ridge,
) -> Model:
    """Return `estimator` fitted on one-hot categories and spline bases; missing is a value.

    It uses every k-th of more than 200,000 rows: the coefficients converge long before.
    """
    categories = [place for place, feature in enumerate(features) if feature.kind == "category"]
    numbers = [place for place, feature in enumerate(features) if feature.kind == "numeric"]
    columns = make_column_transformer(
        (
            make_pipeline(
                # missing is a category too
                SimpleImputer(strategy="constant", fill_value=-1, keep_empty_features=True),
                OneHotEncoder(handle_unknown="ignore", dtype=np.float32),
            ),
            categories,
        ),
        (
            make_pipeline(
                SimpleImputer(strategy="median", keep_empty_features=True),
                SplineTransformer(
                    n_knots=6, knots="quantile", extrapolation="constant", sparse_output=True
                ),
            ),
            numbers,
        ),
        # Not through the splines, which would make eight columns of each.
        (MissingIndicator(features="all", sparse=True), numbers),
        sparse_threshold=1.0,
    )
    step = -(-len(target) // FIT)
    compact = FunctionTransformer(_compact, accept_sparse=True)
    pipeline = make_pipeline(columns, compact, estimator).fit(matrix[::step], target[::step])

    def answer(rows: npt.NDArray[np.float32]) -> Floats:
        if hasattr(pipeline, "predict_proba"):
            found = np.asarray(pipeline.predict_proba(rows))
            return found if found.shape[1] > 2 else found[:, 1]  # noqa: PLR2004  classes
        return np.asarray(pipeline.predict(rows))

    return lambda rows: np.concatenate(
        [answer(rows[start : start + ANSWER]) for start in range(0, len(rows), ANSWER)]
    )


def _compact(basis: csr_matrix) -> csr_matrix:
    """Return `basis` as float32, without the zeros that it stores: a fit reads it 200 times."""
    smaller = basis.astype(np.float32)
    smaller.eliminate_zeros()
    return smaller
