"""Derives the gate's limits from a project's own baseline, test rows and prevalence.

Chance depends on all three: among a hundred rows an AUC moves by 0.05, and where 1.6 % of the rows
are positive, a calibration error of 0.1 says nothing. A leak is not chance: `leak_auc` and
`max_gain_share` stay, because limits derived from data with a leak would let it pass.
"""

import math
import re
from pathlib import Path

from ...errors import InputError
from ...files import write_text
from ..evaluation import Comparison, Evaluation, read
from ..metrics import BINS
from ..task import TASKS

PARAMS, EVALUATION = Path("params.yaml"), Path("reports/evaluation.json")
FLOORS = re.compile(r"^(  floors: *(?:#.*)?\n)(?:    .*\n)*", re.MULTILINE)
SOURCE = "what the linear baseline reaches at its worst, by its 95 % interval"
SMALLEST = 0.02  # a share: training again on other days moves a metric by as much
AGAIN = 0.01  # what training the champion on other days moved in addition
WORST = 4  # by chance, the upper bound of the worst of twenty slices is below by a quarter of that
SPREAD, RARE = 0.2, 0.1  # below this prevalence the 95th percentile is among the negatives
SHIFT = 0.1  # of decisions
OF_RARER = 0.2  # an error of calibration that changes decisions, as a share of the rarer outcome
OF_COVERAGE = 0.02  # the same for the share of outcomes within the interval of a regression
BY_CHANCE = 1.2  # 97.5 % of the mean of ten absolute deviations are below it, in deviations


def floors(evaluation: Evaluation) -> dict[str, float]:
    """Return a floor for each of the task's floor metrics, from the linear baseline."""
    linear, task = evaluation.overall.models["linear"], TASKS[evaluation.model.task]
    return {
        name: math.floor((linear[name].low or 0.0) * 1000) / 1000
        if name in task.larger_is_better
        else math.ceil((linear[name].high or 0.0) * 1000) / 1000
        for name in task.floors
    }


def limits(evaluation: Evaluation) -> dict[str, float]:
    """Return the limits that depend on chance or on the prevalence.

    A model as good as its rival is below it by up to half the interval of their difference, and its
    lower bound by up to that again. A champion was once trained as well, which moves both.
    """
    headline, overall = evaluation.model.headline, evaluation.overall
    parts = [group for name, group in evaluation.slices.items() if "=" in name]
    below = max(2 * to_linear(overall, headline), SMALLEST)
    widest = max((to_linear(part, headline) for part in parts), default=0.0)
    rare = rarer(evaluation)
    found = {
        "min_over_baseline": -below,
        "max_below_champion": below + AGAIN,
        "max_below_in_slice": below + AGAIN + widest / WORST,
        "max_above_validation": max(apart(overall, "model", headline), SMALLEST),
        "max_calibration_error": calibration(evaluation, rare),
        "min_score_spread": SPREAD if rare is None or rare >= RARE else 0.0,
    }
    if rare is not None and evaluation.model.threshold is not None:
        found["max_decision_shift"] = min(rare, SHIFT)
    return {name: math.copysign(up(abs(limit)), limit) for name, limit in found.items()}


def rarer(evaluation: Evaluation) -> float | None:
    """Return the prevalence of the rarer outcome; of classes, of being right or wrong."""
    models = evaluation.overall.models
    if evaluation.model.task == "regression":
        return None
    binary = evaluation.model.task == "binary"
    # The average precision of a constant is the share of the positive rows.
    known = models["constant"]["average_precision"] if binary else models["linear"]["accuracy"]
    share = known.value or 0.0
    return min(share, 1 - share)


def calibration(evaluation: Evaluation, rare: float | None) -> float:
    """Return what a well calibrated model stays below in nearly all samples of these rows."""
    overall = evaluation.overall
    if rare is None:
        covered = overall.models["linear"]["interval_coverage"]
        # Validation, which the interval comes from, is a sample as well.
        return OF_COVERAGE + math.sqrt(2) * half(covered.low, covered.high)
    linear = overall.models["linear"]
    variance = rare * (1 - rare)
    if evaluation.model.task == "binary":  # of a row around its score
        variance = min(linear["brier"].value or variance, variance)
    by_rows = BY_CHANCE * math.sqrt(variance * BINS / overall.rows)
    error = linear["calibration_error"]
    return OF_RARER * rare + max(by_rows, half(error.low, error.high))


def to_linear(group: Comparison, headline: str) -> float:
    """Return half the interval of the difference to the linear baseline, as a share of that."""
    difference = group.difference_to["linear"][headline]
    than = abs(group.models["linear"][headline].value or 0.0)
    return half(difference.low, difference.high) / than if than else 0.0


def apart(group: Comparison, model: str, headline: str) -> float:
    """Return half the interval of a model's metric, as a share of it."""
    known = group.models[model][headline]
    return half(known.low, known.high) / abs(known.value) if known.value else 0.0


def half(low: float | None, high: float | None) -> float:
    """Return half the length of an interval."""
    return ((high or 0.0) - (low or 0.0)) / 2


def up(limit: float) -> float:
    """Return `limit` with three digits, none of which makes it stricter."""
    return min(math.ceil(round(limit * 1000, 6)) / 1000, 1.0)


def reset() -> dict[str, float]:
    """Write floors, with their origin, and limits to params.yaml, and return what it wrote.

    It replaces only their numbers: every other line and comment stays, and so does a limit of null.
    """
    evaluation, text = read(EVALUATION), PARAMS.read_text(encoding="utf-8")
    bottom, derived = floors(evaluation), limits(evaluation)
    lines = "".join(f"    {name}: {floor:g} # {SOURCE}\n" for name, floor in bottom.items())
    if len(FLOORS.findall(text)) != 1:
        raise InputError(f"{PARAMS} has no line `  floors:` under gate: write it there")
    for name, limit in list(derived.items()):
        line = re.compile(rf"^(  {name}:)[ \t]*([^\s#]*)", re.MULTILINE)
        known = line.search(text)
        if known is None:
            lines += f"  {name}: {limit:g}\n"
        elif known[2].lower() in ("", "~", "null"):
            del derived[name]
        else:
            text = line.sub(rf"\g<1> {limit:g}", text)
    write_text(FLOORS.sub(lambda found: found[1] + lines, text), PARAMS)
    return bottom | derived
