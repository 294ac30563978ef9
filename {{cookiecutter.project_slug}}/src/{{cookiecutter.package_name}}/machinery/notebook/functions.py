"""Writes the groups of a plan as functions of a module."""

import ast
from collections.abc import Iterable
from textwrap import indent

from .groups import Group, Part
from .names import DEFINITIONS, changed
from .plan import Plan
from .signatures import settings, signed

IMPORTS = "from copy import deepcopy\nfrom typing import Any\n"  # ruff removes the unused
PLACES = {"at", "iat", "iloc", "loc"}  # how a table is set in part


def module(plan: Plan, layer: str, name: str) -> str:
    """Return the module of a layer; constants and helpers are in that of the data."""
    groups = [group for group in plan.groups if group.layer == layer]
    imports = "\n".join(ast.unparse(part.node) for part in plan.imports)
    common = plan.shared if layer == "data" else []
    if layer != "data" and (names := shared_names(plan)):
        imports += f"\nfrom ..data.{name} import {', '.join(names)}"
    options = settings(part.node for part in (*common, *_parts(groups)))
    head = f'"""What graduated from the notebook {name}: {layer}."""\n\n{IMPORTS}{imports}\n'
    return "\n\n".join([options + head, *map(_shared, common), *map(_function, groups)]) + "\n"


def shared_names(plan: Plan) -> list[str]:
    """Return the names of the constants and helpers."""
    return [name for part in plan.shared for name in part.names.writes]


def summary(group: Group) -> str:
    """Return what a function does, in one line."""
    numbers = [str(cell.number) for cell in group.cells]
    cells = f"cell {numbers[0]} does" if len(numbers) == 1 else f"cells {', '.join(numbers)} do"
    return f"Do what {cells}: {group.tag.replace(':', ' ')}."


def shifted(source: str) -> str:
    """Return statements four columns to the right; the lines of a text in them stay as they are."""
    kept = {
        row
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr | ast.Constant)
        for row in range(node.lineno + 1, (node.end_lineno or 0) + 1)
    }
    lines = enumerate(source.split("\n"), start=1)
    return "\n".join(line if row in kept or not line else f"    {line}" for row, line in lines)


def _parts(groups: list[Group]) -> list[Part]:
    return [part for group in groups for part in group.parts]


def _shared(part: Part) -> str:
    """Return a constant as it is, and a helper with types and a docstring."""
    return signed(part.source, part.cell) if isinstance(part.node, DEFINITIONS) else part.source


def _function(group: Group) -> str:
    takes = ", ".join(f"{name}: Any" for name in group.takes)
    kind = {0: "None", 1: "Any"}.get(
        len(group.returns), f"tuple[{', '.join(['Any'] * len(group.returns))}]"
    )
    docstring = f'"""{summary(group)}{_texts(group.cells[0].above)}"""'
    body = [each for name in group.takes for each in _copy(name, group.parts)]
    last = group.cells[0].number
    above = {cell.number: cell.above for cell in group.cells}
    for part in group.parts:
        if part.cell != last:
            body += [f"# {line}" for text in above[part.cell] for line in text.splitlines() if line]
        last = part.cell
        inside = any(isinstance(each, DEFINITIONS) for each in ast.walk(part.node))
        body.append(signed(part.source) if inside else part.source)
    if group.returns:
        body.append(f"return {', '.join(group.returns)}")
    lines = [
        f"def {group.name}({takes}) -> {kind}:",
        indent(docstring, "    "),
        *map(shifted, body),
    ]
    return "\n".join(lines)


def _copy(name: str, parts: list[Part]) -> list[str]:
    """Return the line that copies an argument in which a statement sets something."""
    nodes = [node for part in parts for node in ast.walk(part.node)]
    ways = {_way(node) for node in nodes if name in changed(node)} - {""}
    if not ways:
        return []
    return [f"{name} = {name}.copy()" if ways == {"copy"} else f"{name} = deepcopy({name})"]


def _way(node: ast.AST) -> str:
    """Return what copies the object in which a node sets something, or nothing."""
    match node:
        case ast.Call(ast.Attribute(attr="insert")) | ast.Subscript(ast.Name(), ctx=ast.Store()):
            return "copy"
        case ast.Subscript(ast.Attribute(ast.Name(), attr), ctx=ast.Store()) if attr in PLACES:
            return "copy"
        case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
            return "deepcopy"
    return ""


def _texts(above: Iterable[str]) -> str:
    """Return the Markdown above a cell as the rest of a docstring."""
    text = "\n\n".join(above).replace("\\", "\\\\").replace('"""', "'''").strip()
    return f"\n\n{text}\n" if text else ""
