"""The criteria of decisions: what they cost, and whether the threshold decides anything."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from ...errors import InputError
from ..artifact import Manifest
from ..evaluation import Comparison
from ..expected import Decide, compared, decisions
from ..metrics import Floats, certainty
from ..verdict import Criterion
from .case import Case, percent


def threshold(case: Case) -> Iterator[Criterion]:
    """Ask that the threshold separates rows: a number that no score reaches decides nothing."""
    limit = case.candidate.manifest.threshold
    if limit is None:
        return
    share = float(np.mean(certainty(case.score) >= limit))
    yield Criterion(
        "share of rows at or above the threshold",
        "more than none, not all",
        f"{100 * share:.2f} % reach {limit:g}",
        0 < share < 1,
        "a threshold that decides the same for every row needs no model",
    )


def costs(case: Case) -> Iterator[Criterion]:
    """Ask that no rival is cheaper beyond chance."""
    found = case.evaluation.costs
    if found is None:
        return
    for rival in found.difference_to:
        yield cheaper(found, rival, 0.0)


def against_champion(case: Case) -> Iterator[Criterion]:
    """Ask for no higher cost than the champion's, and for a similar share of each decision."""
    manifest, limits = case.candidate.manifest, case.limits
    if case.champion is None or limits.max_below_champion is None:
        return
    try:
        champion = case.rival(case.champion)
    except InputError:
        return  # `released` holds it
    known, score = champion.model.manifest, champion.score
    if (known.task, known.classes) != (manifest.task, manifest.classes):
        return
    own, other = (shares(*each, case.decide) for each in ((manifest, case.score), (known, score)))
    if both := own.keys() & other.keys():
        name = max(sorted(both), key=lambda each: abs(own[each] - other[each]))
        limit = limits.max_decision_shift
        yield Criterion(
            "share of decisions, compared with the champion's",
            "-" if limit is None else f"within {100 * limit:g} points",
            f"{name} {100 * own[name]:.2f} %, the champion's {100 * other[name]:.2f} %",
            limit is None or abs(own[name] - other[name]) <= limit,
            "a release must not change who gets what without being asked to",
        )
    if manifest.costs is not None and not (
        manifest.threshold is None and manifest.task == "binary"
    ):
        priced = known.model_copy(update={"costs": manifest.costs})  # each at its own threshold
        decided = {
            "model": decisions(manifest, case.score, case.decide),
            "champion": decisions(priced, score, case.decide),
        }
        found = compared(manifest, case.test, decided, settings=case.settings)
        yield cheaper(found, "champion", limits.max_below_champion)


def shares(manifest: Manifest, score: Floats, decide: Decide) -> dict[str, float]:
    """Return the share of each decision: of yes where there is a threshold, and of each class."""
    found = {}
    if manifest.threshold is not None:
        sure = pl.Series(certainty(score), dtype=pl.Float64)
        found["yes"] = float(decide(sure, manifest.threshold).to_numpy().mean())
    if manifest.classes:
        decided = decisions(manifest, score, decide)
        found |= {
            name: float(np.mean(decided == place)) for place, name in enumerate(manifest.classes)
        }
    return found


def cheaper(found: Comparison, rival: str, allowed: float) -> Criterion:
    """Ask that the candidate costs no more than the rival and a share of it, beyond chance."""
    than = found.models[rival]["cost"].value or 0.0
    difference = found.difference_to[rival]["cost"]
    own, low, high = found.models["model"]["cost"].value, difference.low, difference.high
    # Against the champion the worse end counts, as for the headline metric.
    worse = (high if allowed else low) or 0.0
    return Criterion(
        f"cost per 1,000 rows, compared with {rival}",
        f"at most {percent(allowed)} more" if allowed else "not more beyond chance",
        f"{own:.4g} against {than:.4g}, difference {low:.4g} to {high:.4g}",
        worse <= allowed * than,
        "the metric is what errors cost",
    )


DECISIONS = (threshold, costs, against_champion)
