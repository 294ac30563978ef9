"""What each cell does and who needs it, with the notebook's own functions looked into."""

import ast
import re
from collections.abc import Iterable

from .calls import MEASURED, Calls, calls, figures, modules, shows
from .cells import Cell
from .columns import targets, written
from .names import DEFINITIONS, analyse

QUERY = re.compile(r"\s*(?:select|with)\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)


class Flow:
    """The cells of one notebook and what is known about all of them."""

    def __init__(self, found: list[Cell]) -> None:
        self.cells = [cell for cell in found if not cell.fault]
        self.modules = modules(self.cells)
        self.definitions: dict[str, ast.stmt] = {
            each.name: each
            for cell in self.cells
            for each in cell.statements
            if isinstance(each, DEFINITIONS)
        }
        self.figures = figures(self.cells, self.modules)
        self.figures |= {name for name in self.definitions if self._only_draws(name)}
        self.targets = set(targets(self.cells))
        self.needed = self._needed()

    def calls(self, statements: Iterable[ast.AST]) -> Calls:
        """Return what statements do, with what the notebook's own functions do in them."""
        nodes = list(statements)
        return calls([*nodes, *self.own(nodes)], self.modules, self.figures)

    def columns(self, statements: Iterable[ast.stmt]) -> list[str]:
        """Return the columns that statements set, or the notebook's own functions in them."""
        nodes = list(statements)
        return written([*nodes, *self.own(nodes)])

    def own(self, statements: Iterable[ast.AST]) -> list[ast.stmt]:
        """Return the notebook's functions and classes that statements use, directly or not."""
        found: dict[str, ast.stmt] = {}
        nodes = list(statements)
        while new := (_used(nodes) & self.definitions.keys()) - found.keys():
            nodes = [self.definitions[name] for name in new]
            found |= {name: self.definitions[name] for name in new}
        return list(found.values())

    def body(self, cell: Cell) -> list[ast.stmt]:
        """Return the statements that do something: no definition, and none that only shows."""
        return [
            each
            for each in cell.statements
            if not self.shown(each) and not isinstance(each, DEFINITIONS)
        ]

    def shown(self, statement: ast.stmt) -> bool:
        """Return whether a statement only shows something."""
        return shows(statement, self.modules, self.figures)

    def readers(self, cell: Cell) -> list[Cell]:
        """Return the later cells that read what a cell writes."""
        mine = {*cell.names.writes, *cell.names.changes} - set(self.modules)
        return [each for each in self.after(cell) if mine & set(each.names.reads)]

    def after(self, cell: Cell) -> list[Cell]:
        """Return the cells after a cell."""
        return self.cells[self.cells.index(cell) + 1 :]

    def used(self, cell: Cell) -> bool:
        """Return whether a later cell uses what a cell binds, other than to look at it."""
        mine = {*cell.names.writes, *cell.names.changes} - set(self.modules)
        return any(mine & set(analyse(self.body(each)).reads) for each in self.readers(cell))

    def measures(self, cell: Cell) -> bool:
        """Return whether a cell calls a metric, or binds a name such as `mae`."""
        return self.calls(cell.statements).metric or self.names_measure(cell)

    def names_measure(self, cell: Cell) -> bool:
        """Return whether a cell binds a name such as `mae`."""
        return any(MEASURED.search(name) for name in cell.names.writes if name not in self.modules)

    def defines(self, cell: Cell) -> bool:
        """Return whether a cell only defines what others use: functions, classes or a query."""
        kinds = (*DEFINITIONS, ast.Import, ast.ImportFrom)
        own = [each for each in cell.statements if not isinstance(each, kinds)]
        some = any(isinstance(each, DEFINITIONS) for each in cell.statements)
        return (some or bool(own)) and all(map(_is_query, own))

    def _only_draws(self, name: str) -> bool:
        does = self.calls([self.definitions[name]])
        return does.draws and not (does.reads or does.metric or does.fits)

    def _needed(self) -> dict[int, set[str]]:
        """Return, for each cell, the names that later cells read, until they bind them again."""
        needed: dict[int, set[str]] = {}
        after: set[str] = set()
        for cell in reversed(self.cells):
            needed[cell.number] = set(after)
            body = [each for each in cell.statements if not self.shown(each)]
            names = analyse(body)
            if names.writes or set(names.changes) & after or self.calls(body).metric:
                after -= set(names.writes) - set(names.reads)
                after |= set(names.reads)
        return needed


def _used(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names in these nodes."""
    return {part.id for each in nodes for part in ast.walk(each) if isinstance(part, ast.Name)}


def _is_query(statement: ast.stmt) -> bool:
    """Return whether a statement binds a text in SQL."""
    match statement:
        case ast.Assign([ast.Name()], ast.Constant(value=str(text))):
            return bool(QUERY.match(text))
        case ast.Assign([ast.Name()], ast.JoinedStr() as text):
            return bool(QUERY.match(ast.unparse(text).lstrip("f'\"\\n")))
    return False
