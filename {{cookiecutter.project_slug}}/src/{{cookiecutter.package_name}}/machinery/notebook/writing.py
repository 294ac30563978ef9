"""Writes what goes with the functions: the steps that call them, their tests, and what is left."""

import ast

from .cells import Cell
from .functions import shared_names, shifted
from .groups import Group
from .plan import Plan


def steps(plan: Plan, name: str, package: str) -> str:
    """Return the Python file that calls the functions in their order."""
    imports = "\n".join(ast.unparse(part.node) for part in plan.imports)
    layers = sorted({group.layer for group in plan.groups})
    modules = "\n".join(f"from {package}.{layer} import {name} as {layer}_" for layer in layers)
    names = shared_names(plan)
    common = f"from {package}.data.{name} import {', '.join(names)}" if names else ""
    body = []
    for group in plan.groups:
        body += [part.source for part in group.reading]
        call = f"{group.layer}_.{group.name}({', '.join(group.takes)})"
        body.append(f"{', '.join(group.returns)} = {call}" if group.returns else call)
    made = dict.fromkeys(each for group in plan.groups for each in group.returns)
    body.append("return {" + ", ".join(f"{each!r}: {each}" for each in made) + "}")
    return (
        f'"""Calls what graduated from the notebook {name}: edit it as you edit the modules."""'
        f"\n\nfrom typing import Any\n{imports}\n{modules}\n{common}\n"
        "KEYS: dict[str, list[str]] = {}  # compare a table by these columns instead of by order\n"
        "TOLERANCE = 1e-9  # relative and absolute\n\n\n"
        "def results() -> dict[str, Any]:\n"
        '    """Return each result by its name in the notebook."""\n'
        + "\n".join(map(shifted, body))
        + "\n"
    )


def tests(groups: list[Group], layer: str, name: str, package: str) -> str:
    """Return a test for each function, which fails until somebody fills it in."""
    text = [f"import pytest\n\nfrom {package}.{layer} import {name}\n"]
    for group in groups:
        takes, returns = (", ".join(each) or "nothing" for each in (group.takes, group.returns))
        said = f"takes {takes}; returns {returns}"
        text.append(
            f"def test_{group.name}_of_{name}() -> None:\n"
            f"    # {said}\n"
            f'    pytest.fail({name}.{group.name}.__name__ + ": give it a few rows made by hand")\n'
        )
    return "\n\n".join(text)


def left(cells: list[tuple[Cell, str]], name: str) -> str:
    """Return the cells that no function holds, each with the reason."""
    head = f"# LEFT of the notebook {name}: place it by hand, or delete it.\n"
    parts = [
        f"# %% {cell.number}\n# LEFT ({cell.tag}): {reason}\n"
        + "".join(f"# {line}".rstrip() + "\n" for line in cell.source.splitlines())
        for cell, reason in cells
    ]
    return "\n".join([head, *parts])
