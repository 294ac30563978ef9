"""How well the model tells each class from the others."""

import numpy as np

from .evaluation import ByClass
from .metrics import DIGITS, Floats, binary


def by_class(target: Floats, score: Floats, names: list[str]) -> list[ByClass]:
    """Return how well each class is told from the others; nothing without `names`."""
    said = score.argmax(axis=1) if names else score
    found = []
    for place, name in enumerate(names):
        own, taken = target == place, said == place
        auc = binary(own.astype(float), score[:, place])(np.ones(len(target)))["roc_auc"]
        hits = int((own & taken).sum())
        found.append(
            ByClass(
                name=name,
                rows=int(own.sum()),
                precision=round(hits / taken.sum(), DIGITS) if taken.any() else None,
                recall=round(hits / own.sum(), DIGITS) if own.any() else None,
                roc_auc=round(auc, DIGITS) if np.isfinite(auc) else None,
                predicted={other: int((said[own] == at).sum()) for at, other in enumerate(names)},
            )
        )
    return found
