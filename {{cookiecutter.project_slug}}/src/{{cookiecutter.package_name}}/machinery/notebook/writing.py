"""Writes a plan as text: modules, their tests, the steps, and what is left."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent, indent

from ..errors import InputError
from .cells import Cell
from .groups import Group, Part
from .names import changed
from .plan import Plan

ANY = "from typing import Any\n"
# Rules of ruff about names, numbers and sizes, which stay as the notebook has them.
KEPT = r"E741|N8\d\d|PLR09\d\d|PLR2004|RUF00[123]"
HEAD = re.compile(r":\s*(#.*)?$")  # the end of a definition's head


def module(plan: Plan, layer: str, name: str) -> str:
    """Return the module of a layer; constants and helpers are in that of the data."""
    groups = [group for group in plan.groups if group.layer == layer]
    imports = "\n".join(ast.unparse(part.node) for part in plan.imports)
    shared = [_shared(part) for part in plan.shared] if layer == "data" else []
    if layer != "data" and (names := shared_names(plan)):
        imports += f"\nfrom ..data.{name} import {', '.join(names)}"
    head = f'"""What graduated from the notebook {name}: {layer}."""\n\n{ANY}{imports}\n'
    return "\n\n".join([head, *shared, *map(_function, groups)]) + "\n"


def shared_names(plan: Plan) -> list[str]:
    """Return the names of the constants and helpers."""
    return [name for part in plan.shared for name in part.names.writes]


def _shared(part: Part) -> str:
    """Return a constant as it is, and a helper with types and a docstring."""
    node = part.node
    if not isinstance(node, ast.FunctionDef):
        return part.source
    head, _, _ = _annotated(node).rpartition("\n")
    lines = part.source.splitlines()
    heads = (at for at, line in enumerate(lines) if at >= _above(part) and HEAD.search(line))
    first = next(heads, 0) + 1
    body = "\n".join(lines[first:]) if node.body[0].lineno > node.lineno else ""
    if not body:  # on one line
        body = indent("\n".join(map(ast.unparse, node.body)), "    ")
    comments = "\n".join(lines[: _above(part)])
    own = (
        ""
        if ast.get_docstring(node)
        else f'    """Do what `{node.name}` did in cell {part.cell}."""\n'
    )
    return f"{comments}\n{head}\n{own}{body}".lstrip("\n")


def _above(part: Part) -> int:
    """Return how many lines of comments are above a statement."""
    lines = part.source.splitlines()
    return next(
        (at for at, line in enumerate(lines) if re.match(r"(?:async )?def |class |@", line)), 0
    )


def _annotated(node: ast.FunctionDef) -> str:
    """Return the head of a function with a type for each argument, and `pass`."""
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.FunctionDef)  # noqa: S101  it was one
    found = copy.args
    for each in (*found.posonlyargs, *found.args, *found.kwonlyargs, found.vararg, found.kwarg):
        if each is not None and each.annotation is None:
            each.annotation = ast.Name("Any")
    copy.returns = copy.returns or ast.Name("Any")
    copy.body = [ast.Pass()]
    return ast.unparse(ast.fix_missing_locations(copy))


def _function(group: Group) -> str:
    takes = ", ".join(f"{name}: Any" for name in group.takes)
    kind = {0: "None", 1: "Any"}.get(
        len(group.returns), f"tuple[{', '.join(['Any'] * len(group.returns))}]"
    )
    body = [f'"""{summary(group)}{_texts(group.cells[0].above)}"""']
    copied = [name for name in group.takes if any(name in _set(part.node) for part in group.parts)]
    body += [f"{name} = {name}.copy()" for name in copied]
    last = group.cells[0].number
    above = {cell.number: cell.above for cell in group.cells}
    for part in group.parts:
        if part.cell != last:
            body += [f"# {line}" for text in above[part.cell] for line in text.splitlines() if line]
        last = part.cell
        body.append(part.source)
    if group.returns:
        body.append(f"return {', '.join(group.returns)}")
    return f"def {group.name}({takes}) -> {kind}:\n" + indent("\n".join(body), "    ")


def _set(node: ast.AST) -> set[str]:
    """Return the names of the tables in which a statement sets columns."""
    return {
        name
        for each in ast.walk(node)
        if (isinstance(each, ast.Subscript | ast.Attribute) and isinstance(each.ctx, ast.Store))
        or (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "insert"
        )
        for name in changed(each)
    }


def summary(group: Group) -> str:
    """Return what a function does, in one line."""
    numbers = [str(cell.number) for cell in group.cells]
    cells = f"cell {numbers[0]} does" if len(numbers) == 1 else f"cells {', '.join(numbers)} do"
    return f"Do what {cells}: {group.tag.replace(':', ' ')}."


def _texts(above: Iterable[str]) -> str:
    """Return the Markdown above a cell as the rest of a docstring."""
    text = "\n\n".join(above).replace("\\", "\\\\").replace('"""', "'''").strip()
    return f"\n\n{text}\n" if text else ""


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
        f"\n\n{ANY}{imports}\n{modules}\n{common}\n"
        "KEYS: dict[str, list[str]] = {}  # compare a table by these columns instead of by order\n"
        "TOLERANCE = 1e-9  # relative and absolute\n\n\n"
        "def results() -> dict[str, Any]:\n"
        '    """Return each result by its name in the notebook."""\n'
        + indent("\n".join(body), "    ")
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


def tidy(text: str, path: Path) -> str:
    """Return Python as ruff formats it, without unused imports; line 1 names broken rules."""
    check = ["check", "--fix-only", "--quiet"]
    returns = [*check, "--select=RET504", "--unsafe-fixes"]  # `return x`, not `x = …; return x`
    text = dedent(text)
    for command in (check, returns, ["format", "--quiet"]):
        text = _ruff(command, text, path)
    found = _ruff(["check", "--exit-zero", "--quiet", "--output-format=concise"], text, path)
    codes = sorted(set(re.findall(rf":\d+: ({KEPT}) ", found)))
    if not codes:
        return text
    return (
        f"# ruff: noqa: {', '.join(codes)}  as in the notebook: correct, then delete this\n{text}"
    )


def _ruff(command: list[str], text: str, path: Path) -> str:
    """Return what ruff prints about a text that is to be in the file `path`."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(
            f"ruff cannot tidy {path}: {reason}; `make setup LOCK=explore` installs it"
        )
    return done.stdout
