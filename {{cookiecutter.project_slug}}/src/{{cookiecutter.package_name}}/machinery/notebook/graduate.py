"""Writes the tagged cells as functions into the project's own modules, with a test for each."""

from pathlib import Path

from ..errors import InputError
from ..files import write_text
from .cells import Cell, tagged
from .exploration import Exploration
from .findings import imports
from .functions import module
from .plan import Plan, Planner
from .tidy import tidy
from .writing import left, steps, tests


def graduate(exploration: Exploration, package: str) -> tuple[Plan, list[Path]]:
    """Write modules, tests, steps and the rest; return the plan and the files."""
    plan = Planner(tagged(exploration.script)).plan()
    if not plan.groups:
        raise InputError(f"{exploration.script}: no cell can graduate: correct its tags")
    name = exploration.name
    texts: dict[Path, str] = {}
    for layer in sorted({"data", *(group.layer for group in plan.groups)}):
        groups = [group for group in plan.groups if group.layer == layer]
        path = Path("src", package, layer, f"{name}.py")
        texts[path] = tidy(module(plan, layer, name), path)
        if groups:
            path = Path("tests", layer, f"test_{name}.py")
            texts[path] = tidy(tests(groups, layer, name, package), path)
    texts[exploration.steps] = tidy(steps(plan, name, package), exploration.steps)
    if plan.left:
        texts[exploration.left] = left(plan.left, name)
    if there := [path for path in texts if path.exists()]:
        raise InputError(
            f"{there[0]} exists and is never overwritten: move it away, or import the notebook"
            " under another --name"
        )
    try:
        for path, text in texts.items():
            write_text(text, path)
    except OSError:
        for path in texts:
            path.unlink(missing_ok=True)
        raise
    return plan, list(texts)


def only_for_notebooks(plan: Plan) -> list[tuple[str, str]]:
    """Return the packages of the functions that only notebooks have, with where they are locked."""
    used = {
        name
        for each in (*plan.shared, *(part for group in plan.groups for part in group.parts))
        for name in each.names.reads
    }
    needed = [part for part in plan.imports if used & set(part.names.writes)]
    cell = Cell(0, "\n".join(part.source for part in needed))
    return [each for each in imports([cell]) if "explore.txt" in each[1] or "no lock" in each[1]]
