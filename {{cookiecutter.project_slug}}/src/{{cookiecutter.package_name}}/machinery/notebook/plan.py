"""Decides what becomes of each tagged cell: imports, shared helpers, functions, or the rest."""

import ast
from dataclasses import dataclass, field

from .calls import called, draws, figures, is_drawing, modules, shows
from .cells import Cell
from .groups import Group, Part, finish, join, parts
from .names import DEFINITIONS, FUNCTIONS, KNOWN
from .reads import reader

IMPORTS = (ast.Import, ast.ImportFrom)
# Methods that are called for what they do, not for what they return.
EFFECTS = {"commit", "dump", "execute", "run", "save", "savefig", "to_csv", "to_parquet", "to_sql"}


@dataclass
class Plan:
    """What graduates, and what is left with the reason."""

    imports: list[Part] = field(default_factory=list)
    shared: list[Part] = field(default_factory=list)  # constants and helpers
    groups: list[Group] = field(default_factory=list)  # in the order of their calls
    left: list[tuple[Cell, str]] = field(default_factory=list)


class Planner:
    """Goes through the cells of a notebook in their order."""

    def __init__(self, found: list[Cell]) -> None:
        self.found = found
        self.modules = modules(found)
        self.figures = figures(found, self.modules)
        kept = [cell for cell in found if cell.tag not in {"plot", "drop"}]
        self.bound = [name for cell in kept for name in cell.names.writes]
        self.functions = {
            part.node.name
            for cell in kept
            for part in parts(cell)
            if isinstance(part.node, FUNCTIONS)
        }
        self.known = {*KNOWN, *self.modules}
        self.shared: set[str] = set()

    def plan(self) -> Plan:
        """Return what becomes of each cell."""
        plan = Plan()
        for cell in self.found:
            found = parts(cell)
            plan.imports += [part for part in found if isinstance(part.node, IMPORTS)]
            body = [part for part in found if not isinstance(part.node, IMPORTS)]
            body = [part for part in body if self._keeps(part)]
            if cell.tag == "drop":
                continue
            if reason := self._reason(cell, body):
                plan.left.append((cell, reason))
                continue
            common = [part for part in body if self._is_shared(part)]
            plan.shared += common
            reading = [part for part in body if part not in common and self._reads(part, body)]
            rest = [part for part in body if part not in common and part not in reading]
            self.known |= {*cell.names.writes}
            if rest or reading:
                join(plan.groups, cell, rest, reading)
        finish(plan.groups, self.shared | set(self.modules))
        return plan

    def _reason(self, cell: Cell, body: list[Part]) -> str:
        """Return why a cell cannot be placed, or nothing."""
        if cell.fault:
            return f"it is not Python: {cell.fault}"
        if cell.tag == "plot":
            return "it is a plot: its picture is stored, and no other cell needs it"
        if any(isinstance(node, ast.ImportFrom) and _star(node) for node in cell.statements):
            return "it imports *: name what it needs"
        bound: set[str] = set()
        for part in body:
            for name in part.names.reads:
                if name not in self.known | bound:
                    if name in self.bound:
                        return f"it reads `{name}`, which a later cell defines: move one of them"
                    return f"it reads `{name}`, which no placed cell defines"
            bound |= {*part.names.writes}
        return ""

    def _keeps(self, part: Part) -> bool:
        """Return whether a statement does more than show something."""
        node = part.node
        match node:
            case ast.Expr(ast.Call() as call) if called(call) in EFFECTS | self.functions:
                return True
            case ast.Expr(ast.Call() as call) if draws(call, self.modules, self.figures):
                return False  # an option of a library that draws
            case ast.Assign([ast.Subscript() | ast.Attribute() as target]):
                return not is_drawing(target, self.modules)
        return not shows(node, self.modules, self.figures)

    def _is_shared(self, part: Part) -> bool:
        """Return whether a statement is a constant or a helper that needs only others."""
        names, free = part.names, {*self.modules, *KNOWN, *self.shared}
        alone = set(names.reads) <= free
        once = all(self.bound.count(name) == 1 for name in names.writes)
        helper = isinstance(part.node, DEFINITIONS)
        if alone and once and (helper or _is_constant(part.node)):
            self.shared |= {*names.writes}
            return True
        return False

    def _reads(self, part: Part, body: list[Part]) -> bool:
        """Return whether a statement only reads a table, from what is known before the cell."""
        node = part.node
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            return False
        before = {name for other in body[: body.index(part)] for name in other.names.writes}
        outside = set(part.names.reads) <= {*self.modules, *KNOWN, *self.shared}
        return bool(reader(node.value)) and outside and not before & set(part.names.writes)


def _is_constant(node: ast.stmt) -> bool:
    """Return whether a statement binds one name to a value without calls."""
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and not any(
            isinstance(each, ast.Call | ast.Await | ast.comprehension) and not _is_path(each)
            for each in ast.walk(node.value)
        )
    )


def _is_path(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and called(node) in {"Path", "Timestamp", "date", "datetime"}


def _star(node: ast.ImportFrom) -> bool:
    return any(each.name == "*" for each in node.names)
