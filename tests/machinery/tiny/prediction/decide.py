"""Decides at the threshold."""

import polars as pl


def decide(scores: pl.Series, threshold: float | None) -> pl.Series:
    """Return whether each score reaches `threshold`."""
    if threshold is None:
        return pl.repeat(None, len(scores), dtype=pl.Boolean, eager=True)
    return scores >= threshold
