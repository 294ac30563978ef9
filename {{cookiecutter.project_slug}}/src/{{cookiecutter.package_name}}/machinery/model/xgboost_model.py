"""A model of XGBoost, in its own format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb

from ..errors import InputError
from .encoding import Feature, Matrix
from .metrics import Floats

TYPE_OF = {"numeric": "q", "category": "c"}  # what XGBoost calls them


@dataclass(frozen=True)
class XgboostModel:
    """A booster. Its bytes are the same for any number of threads."""

    booster: xgb.Booster
    format = "xgboost"
    library = ("xgboost", xgb.__version__)
    reproducible = True

    @property
    def constant(self) -> bool:
        """Return whether it has no trees."""
        return self.booster.num_boosted_rounds() == 0

    @property
    def facts(self) -> dict[str, Any]:
        """Return the number of its rounds."""
        return {"best_rounds": self.booster.num_boosted_rounds()}

    def score(self, matrix: Matrix) -> Floats:
        """Return one score per row; of several classes, one probability per row and class."""
        # The shape for no rows differs between releases of XGBoost: score a missing row instead.
        some = matrix if len(matrix) else np.full((1, matrix.shape[1]), np.nan, dtype=np.float32)
        return self.booster.inplace_predict(some)[: len(matrix)].astype(np.float64)

    def contributions(self, matrix: Matrix, features: list[Feature]) -> Floats:
        """Return the SHAP values of trees (Lundberg et al., 2018), which are exact."""
        rows = xgb.DMatrix(matrix, **columns(features))
        values = self.booster.predict(rows, pred_contribs=True)
        return values[..., :-1].astype(np.float64)  # the last column is the constant

    def gains(self, features: list[Feature]) -> Floats:
        """Return what the splits on each feature gained together."""
        gained = self.booster.get_score(importance_type="total_gain")
        return np.array([gained.get(feature.name, 0.0) for feature in features], dtype=float)

    def to_bytes(self) -> bytes:
        """Return the booster in UBJSON."""
        return bytes(self.booster.save_raw("ubj"))

    @classmethod
    def from_bytes(cls, content: bytes) -> "XgboostModel":
        """Load a booster."""
        try:
            return cls(xgb.Booster(model_file=bytearray(content)))
        except xgb.core.XGBoostError:
            raise InputError("is not a model of XGBoost: train or fetch it again") from None


def columns(features: Sequence[Feature]) -> dict[str, Any]:
    """Return what XGBoost's matrices need to know of the `features`."""
    return {
        "feature_names": [feature.name for feature in features],
        "feature_types": [TYPE_OF[feature.kind] for feature in features],
        "enable_categorical": True,
    }
