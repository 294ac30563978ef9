"""Proposes a tag for each cell: from its calls, and from what became of the tables so far."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable

from .calls import (
    FILTERING,
    GROUPING,
    HISTORY,
    JOINING,
    Calls,
    calls,
    figures,
    modules,
    shows,
    target_columns,
)
from .cells import Cell
from .names import analyse, base
from .reads import reads

# What a name holds, from the raw table to the score; a cell continues the furthest that it reads.
ORDER = ("setup", "data", "rows", "target", "features", "train", "evaluate", "predict")
PARTS = re.compile(r"(?:^|_)(?:train|test|tr|te|val|valid|holdout|trn|tst)(?:_|$)", re.IGNORECASE)


def propose(found: list[Cell]) -> dict[int, str]:
    """Return a tag for each cell, by its number."""
    return Proposal(found).tags()


class Proposal:
    """The cells of one notebook and what is known about all of them."""

    def __init__(self, found: list[Cell]) -> None:
        self.cells = [cell for cell in found if not cell.fault]
        self.modules = modules(self.cells)
        self.figures = figures(self.cells, self.modules)
        self.targets = set(target_columns(self.cells))
        self.functions = {
            each.name: each
            for cell in self.cells
            for each in cell.statements
            if isinstance(each, ast.FunctionDef)
        }
        self.state: dict[str, str] = {}  # a name's tag so far
        self.found = {cell.number: "drop" for cell in found}
        self.needed = self._needed()

    def tags(self) -> dict[int, str]:
        """Return the tag of each cell; a helper gets that of the first cell that calls it."""
        helpers = [cell for cell in self.cells if self._only_helpers(cell)]
        for cell in self.cells:
            if cell not in helpers:
                self.found[cell.number] = tag = self._tag(cell)
                for name in (*cell.names.writes, *cell.names.changes):
                    if tag not in {"plot", "drop"} and name not in self.modules:
                        self.state[name] = tag
        for cell in reversed(helpers):
            self.found[cell.number] = self._of_helper(cell)
        return self.found

    def _tag(self, cell: Cell) -> str:  # noqa: PLR0911  one a tag
        """Return the tag of a cell that is more than helpers."""
        body = [each for each in cell.statements if not self._shown(each)]
        if self._is_setup(cell):
            return "setup"
        does = self._calls(body)
        if not (body and self._useful(cell, does)):
            return self._looks(cell)
        if does.reads:
            return f"data:{self._table(cell)}"
        if does.metric and not self._leads_to_fit(cell):
            return "evaluate"
        if does.fits or self._splits(cell):
            return "train"
        if does.predicts:
            later = [each for each in self._readers(cell) if self._measures(each)]
            return "evaluate" if later else "predict"
        return self._continues(cell, body, does)

    def _continues(  # noqa: PLR0911  one a tag
        self, cell: Cell, body: list[ast.stmt], does: Calls
    ) -> str:
        """Return the tag of a cell that goes on with tables."""
        read = [self.state[name] for name in cell.names.reads if name in self.state]
        read = [tag for tag in read if tag != "setup"]
        furthest = max(read, key=lambda tag: ORDER.index(tag.split(":")[0]), default="setup")
        tables = {tag for tag in read if tag.startswith("data:")}
        if furthest in {"evaluate", "predict", "train"}:
            return self._after_training(cell, does, furthest)
        if furthest == "features":
            return "features"
        if len(tables) > 1 or (read and does.any(JOINING) and not _columns(body)):
            return "features" if furthest == "features" else "rows"
        if self.targets & set(_columns(body)) and not furthest.startswith("data:"):
            return "target"
        if furthest in {"rows", "target"}:
            if does.any(HISTORY | JOINING) or not _columns(body):
                return "features" if self._chooses(cell) else "rows"
            return "features"
        if furthest.startswith("data:"):
            new = set(cell.names.writes) - {*self.state, *self.functions}
            grouped = does.any(GROUPING) and bool(new)
            alone = len({tag for tag in self.state.values() if tag.startswith("data:")}) == 1
            if grouped or (alone and new and not _columns(body) and self._filters(body, does)):
                return "rows"
            return furthest
        return furthest

    def _after_training(self, cell: Cell, does: Calls, furthest: str) -> str:
        """Return `evaluate` or `predict` for a cell that reads a score, or `train`."""
        changed = [self.state[name] for name in cell.names.changes if name in self.state]
        if "predict" in changed or furthest == "predict":
            return "predict"
        if does.any({*GROUPING, "abs", "corr", "mean"}) or furthest == "train":
            return "evaluate"
        if any(self._measures(each) for each in self._readers(cell)):
            return "evaluate"
        return "predict" if "score" in ast.unparse(ast.Module(cell.statements, [])) else "evaluate"

    def _looks(self, cell: Cell) -> str:
        """Return `plot` or `drop` for a cell that nothing needs."""
        return "plot" if self._calls(cell.statements).draws else "drop"

    def _useful(self, cell: Cell, does: Calls) -> bool:
        """Return whether something needs the cell: a later cell, or the reader of a measure."""
        if does.fits and not (self._fitted_elsewhere(cell)):
            return False
        kept = {*cell.names.writes, *cell.names.changes} & self.needed[cell.number]
        return bool(kept) or does.metric or does.predicts or self._ends(cell)

    def _ends(self, cell: Cell) -> bool:
        """Return whether a cell makes something of scores that nothing reads afterwards."""
        read = [self.state.get(name, "") for name in cell.names.reads]
        return bool(cell.names.writes or cell.names.changes) and bool(
            {"evaluate", "predict"} & set(read)
        )

    def _needed(self) -> dict[int, set[str]]:
        """Return, for each cell, the names that later cells read, until they bind them again."""
        needed: dict[int, set[str]] = {}
        after: set[str] = set()
        for cell in reversed(self.cells):
            needed[cell.number] = set(after)
            body = [each for each in cell.statements if not self._shown(each)]
            names = analyse(body)
            if {*names.writes, *names.changes} & after or self._calls(body).metric or names.writes:
                after -= set(names.writes) - set(names.reads)
                after |= set(names.reads)
        return needed

    def _readers(self, cell: Cell) -> Iterable[Cell]:
        """Yield the later cells that read what a cell writes."""
        mine = {*cell.names.writes, *cell.names.changes} - set(self.modules)
        later = self.cells[self.cells.index(cell) + 1 :]
        return [each for each in later if mine & set(each.names.reads)]

    def _fitted_elsewhere(self, cell: Cell) -> bool:
        """Return whether a later cell uses what is fitted or split here, other than to look."""
        return any(
            set(analyse(body).reads) & {*cell.names.writes, *cell.names.changes} - set(self.modules)
            for each in self._readers(cell)
            if (body := [part for part in each.statements if not self._shown(part)])
        )

    def _leads_to_fit(self, cell: Cell) -> bool:
        return self._calls(cell.statements).fits

    def _measures(self, cell: Cell) -> bool:
        return self._calls(cell.statements).metric

    def _splits(self, cell: Cell) -> bool:
        """Return whether a cell binds parts such as X_train, from features."""
        parts = [name for name in cell.names.writes if PARTS.search(name)]
        return len(parts) > 1 and any(
            self.state.get(name) in {"features", "rows", "target"} for name in cell.names.reads
        )

    def _chooses(self, cell: Cell) -> bool:
        """Return whether a model is fitted to what the cell writes."""
        return any(
            self._calls(each.statements).fits or self._splits(each) for each in self._readers(cell)
        )

    def _filters(self, body: list[ast.stmt], does: Calls) -> bool:
        """Return whether a statement keeps some rows of a table."""
        kept = any(
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Compare | ast.BinOp)
            for each in body
            for node in ast.walk(each)
        )
        return kept or does.any(FILTERING)

    def _is_setup(self, cell: Cell) -> bool:
        """Return whether a cell has only imports, constants and options."""
        return bool(cell.statements) and all(
            isinstance(each, ast.Import | ast.ImportFrom)
            or self._is_constant(each)
            or self._is_option(each)
            for each in cell.statements
        )

    def _is_constant(self, statement: ast.stmt) -> bool:
        """Return whether a statement binds a value that needs no table."""
        if not isinstance(statement, ast.Assign):
            return False
        names = analyse([statement])
        does = self._calls([statement])
        free = set(names.reads) - set(self.modules)
        constants = {name for name in free if self.state.get(name) == "setup"}
        return free == constants and not (does.reads or does.fits or does.draws)

    def _is_option(self, statement: ast.stmt) -> bool:
        return (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and not self._shown(statement)
            and set(base(statement.value.func)) <= set(self.modules)
        )

    def _shown(self, statement: ast.stmt) -> bool:
        return shows(statement, self.modules, self.figures)

    def _only_helpers(self, cell: Cell) -> bool:
        kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
        return any(
            isinstance(each, ast.FunctionDef | ast.ClassDef) for each in cell.statements
        ) and all(isinstance(each, kinds) for each in cell.statements)

    def _of_helper(self, cell: Cell) -> str:
        """Return the tag of the first cell that needs a helper, until it is defined again."""
        later = self.cells[self.cells.index(cell) + 1 :]
        mine = set(cell.names.writes) - set(self.modules)
        for each in later:
            if mine & set(each.names.reads) and self.found[each.number] != "drop":
                return self.found[each.number]
            if mine <= set(each.names.writes):
                return "drop"
        return "drop"

    def _calls(self, statements: Iterable[ast.AST]) -> Calls:
        """Return what statements do, with what the notebook's own functions do in them."""
        does = calls(statements, self.modules, self.figures)
        own = [self.functions[name] for name in does.names if name in self.functions]
        inner = calls(own, self.modules, self.figures)
        does.names |= inner.names
        does.metric |= inner.metric
        return does

    def _table(self, cell: Cell) -> str:
        """Return the name of the table that a cell reads: that of its file, or of its variable."""
        what = [each for each in reads(self.cells) if each.cell == cell.number]
        stem = re.sub(r"^.*[/\\]|\.\w+$|^(?:load|fetch)_", "", what[0].what) if what else ""
        name = re.sub(r"\W+", "_", stem.lower()).strip("_")
        return name if name.isidentifier() else cell.names.writes[0].lower()


def _columns(statements: Iterable[ast.stmt]) -> list[str]:
    """Return the columns that statements set: `df["late"] = …`."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in (node for each in statements for node in ast.walk(each)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            text = ast.unparse(node.slice).strip("'\"")
            found[text].append(text)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found[node.attr].append(node.attr)
    return list(found)
