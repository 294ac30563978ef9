"""From scores to decisions: the place for rules of your own."""

import polars as pl


def decide(scores: pl.Series, threshold: float | None) -> pl.Series:
    """Return whether to act on each score; null where the model has no threshold."""
    if threshold is None:
        return pl.repeat(None, len(scores), dtype=pl.Boolean, eager=True)
    return scores >= threshold
