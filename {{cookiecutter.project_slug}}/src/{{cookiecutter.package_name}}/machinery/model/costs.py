"""What errors cost: the section `costs` of params.yaml, the cheapest threshold, costs of rows.

For classes, costs.<outcome>.<decision> is the cost of one row; for numbers, costs.under and
costs.over are the costs of one unit of error below and above the outcome.
"""

from typing import Any

import numpy as np

from ..errors import InputError
from .metrics import DIGITS, Floats, Measure

Costs = dict[str, Any]

ROWS = 1_000  # to which a cost refers
NUMBERS = {"under", "over"}
BINARY = ["0", "1"]
STEPS = 1_000  # thresholds from 0 to 1 that are tried


def matrix(costs: Costs, names: list[str]) -> Floats:
    """Return the cost of each outcome (row) and decision (column); being right costs 0 if unsaid.

    Raises InputError when a class has no cost, or another name is given.
    """
    names = names or BINARY
    if unknown := sorted((set(costs).union(*costs.values())) - set(names)):
        raise InputError(
            f"params.yaml: costs names {unknown[0]!r}, which is not a class: {', '.join(names)}"
        )
    missing = [
        f"{outcome}.{decision}"
        for outcome in names
        for decision in names
        if outcome != decision and decision not in costs.get(outcome, {})
    ]
    if missing:
        raise InputError(
            f"params.yaml: costs.{missing[0]} is missing: say what it costs to decide"
            f" {missing[0].split('.')[1]!r} where {missing[0].split('.')[0]!r} happens"
        )
    return np.array([[costs[row].get(column, 0.0) for column in names] for row in names])


def cheapest(target: Floats, score: Floats, costs: Floats) -> float:
    """Return the threshold from 0 to 1 whose decisions on these rows cost least, the lowest one."""
    return float(np.round(np.argmin(by_threshold(target, score, costs)) / STEPS, DIGITS))


def by_threshold(target: Floats, score: Floats, costs: Floats) -> Floats:
    """Return the cost per 1,000 rows of each threshold from 0 to 1."""
    reached = np.floor(score * STEPS + 1e-9).astype(int)  # the last threshold that it reaches
    total = np.zeros(STEPS + 2)
    for outcome in (0, 1):
        at = np.bincount(reached[target == outcome], minlength=STEPS + 1)
        refused = np.concatenate([[0], np.cumsum(at)])
        total += refused * costs[outcome, 0] + (at.sum() - refused) * costs[outcome, 1]
    return total[: STEPS + 1] * ROWS / max(len(target), 1)


def likely(score: Floats, costs: Costs | None, names: list[str]) -> Any:
    """Return the place of the class to decide: the cheapest one, or without costs the likeliest."""
    if costs is None:
        return score.argmax(axis=1)
    return (score @ matrix(costs, names)).argmin(axis=1)


def of_rows(target: Floats, decided: Any, costs: Costs, names: list[str]) -> Floats:
    """Return the cost of each row; `decided` are places of classes, or predicted numbers."""
    if costs.keys() == NUMBERS:
        error = decided - target
        return np.asarray(np.where(error > 0, costs["over"] * error, -costs["under"] * error))
    places = target.astype(int), np.asarray(decided).astype(int)
    return np.asarray(matrix(costs, names)[places])


def measure(cost: Floats) -> Measure:
    """Return the function that measures the cost per 1,000 rows under weights."""
    return lambda weight: {"cost": float(weight @ cost * ROWS / weight.sum())}
