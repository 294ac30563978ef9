"""Derives the gate's floors from the baseline, as a start for a project's own data."""

import math
import re
from pathlib import Path

from ...errors import InputError
from ...files import write_text
from ..evaluation import read
from ..task import TASKS

PARAMS, EVALUATION = Path("params.yaml"), Path("reports/evaluation.json")
FLOORS = re.compile(r"^(  floors: *(?:#.*)?\n)(?:    .*\n)*", re.MULTILINE)
SOURCE = "what the linear baseline reaches at its worst, by its 95 % interval"


def floors() -> dict[str, float]:
    """Return a floor for each of the task's floor metrics, from the last evaluation."""
    evaluation = read(EVALUATION)
    linear, task = evaluation.overall.models["linear"], TASKS[evaluation.model.task]
    return {
        name: math.floor((linear[name].low or 0.0) * 1000) / 1000
        if name in task.larger_is_better
        else math.ceil((linear[name].high or 0.0) * 1000) / 1000
        for name in task.floors
    }


def reset() -> dict[str, float]:
    """Write the floors to params.yaml, with their origin, and return them.

    It replaces only their lines: every other line and comment stays.
    """
    derived, text = floors(), PARAMS.read_text(encoding="utf-8")
    lines = "".join(f"    {name}: {floor:g} # {SOURCE}\n" for name, floor in derived.items())
    new, count = FLOORS.subn(lambda found: found[1] + lines, text)
    if count != 1:
        raise InputError(f"{PARAMS} has no line `  floors:` under gate: write it there")
    write_text(new, PARAMS)
    return derived
