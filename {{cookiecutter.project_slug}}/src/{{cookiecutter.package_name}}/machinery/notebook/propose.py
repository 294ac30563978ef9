"""Proposes a tag for each cell: from its calls, and from what became of the tables so far."""

import ast
import re

from .calls import FILTERING, GROUPING, HISTORY, JOINING, Calls
from .cells import Cell, constants
from .columns import written
from .flow import Flow
from .names import analyse
from .options import sets_up
from .reads import table_name

# What a name holds, from the raw table to the score; a cell continues the furthest that it reads.
ORDER = ("setup", "data", "rows", "target", "features", "train", "evaluate", "predict")
PARTS = re.compile(r"(?:^|_)(?:train|test|tr|te|val|valid|holdout|trn|tst)(?:_|$)", re.IGNORECASE)
SCORED = {"train", "evaluate", "predict"}  # a model or a score


def propose(found: list[Cell]) -> dict[int, str]:
    """Return a tag for each cell, by its number."""
    return Proposal(found).tags()


class Proposal:
    """The tags of one notebook, and what each of its names holds so far."""

    def __init__(self, found: list[Cell]) -> None:
        self.flow = Flow(found)
        self.known = dict(constants(found))
        self.state: dict[str, str] = {}  # a name's tag so far
        self.found = {cell.number: "drop" for cell in found}

    def tags(self) -> dict[int, str]:
        """Return the tag of each cell; a helper gets that of the first cell that calls it."""
        helpers = [cell for cell in self.flow.cells if self.flow.defines(cell)]
        for cell in self.flow.cells:
            if cell not in helpers:
                self.found[cell.number] = tag = self._tag(cell)
                for name in (*cell.names.writes, *cell.names.changes):
                    if tag not in {"plot", "drop"} and name not in self.flow.modules:
                        self.state[name] = tag
        for cell in reversed(helpers):
            self.found[cell.number] = self._of_helper(cell)
        return self.found

    def _tag(self, cell: Cell) -> str:  # noqa: PLR0911  one a tag
        """Return the tag of a cell that is more than helpers."""
        body = self.flow.body(cell)
        if sets_up(cell, self.flow, {name for name, tag in self.state.items() if tag == "setup"}):
            return "setup"
        does = self.flow.calls(body)
        if not (body and self._useful(cell, body, does)):
            return "plot" if self.flow.calls(cell.statements).draws else "drop"
        if does.reads:
            return f"data:{table_name(cell, self.known)}"
        if (does.metric or self._measures_scores(cell)) and not does.fits:
            return "evaluate"
        if does.fits or self._splits(cell, body):
            return "train"
        if does.predicts:
            measured = any(map(self.flow.measures, self.flow.readers(cell)))
            return "evaluate" if measured else "predict"
        return self._continues(cell, body, does)

    def _continues(  # noqa: PLR0911  one a tag
        self, cell: Cell, body: list[ast.stmt], does: Calls
    ) -> str:
        """Return the tag of a cell that goes on with tables."""
        read = [tag for tag in self._states(cell.names.reads) if tag != "setup"]
        furthest = max(read, key=lambda tag: ORDER.index(tag.split(":")[0]), default="setup")
        tables = {tag for tag in read if tag.startswith("data:")}
        columns = written(body)
        if furthest in SCORED:
            return self._after_training(cell, does, furthest)
        if furthest == "features":
            return "features"
        if len(tables) > 1 or (read and does.any(JOINING) and not columns):
            return "rows"
        if self.flow.targets & set(columns) and not furthest.startswith("data:"):
            return "target"
        if furthest in {"rows", "target"}:
            if does.any(HISTORY | JOINING) or not self.flow.columns(body):
                new = set(analyse(body).writes) & self.flow.needed[cell.number] - self.state.keys()
                return "features" if new and self._chooses(cell) else "rows"
            return "features"
        if furthest.startswith("data:") and self._makes_rows(cell, body, does):
            return "rows"
        return furthest

    def _after_training(self, cell: Cell, does: Calls, furthest: str) -> str:
        """Return `evaluate` or `predict` for a cell that reads a score, or `train`."""
        if furthest == "predict" or "predict" in self._states(cell.names.changes):
            return "predict"
        if does.any({*GROUPING, "abs", "corr", "mean"}) or furthest == "train":
            return "evaluate"
        return "evaluate" if any(map(self.flow.measures, self.flow.readers(cell))) else "predict"

    def _makes_rows(self, cell: Cell, body: list[ast.stmt], does: Calls) -> bool:
        """Return whether a cell makes rows of a single table, under a new name."""
        if not set(cell.names.writes) - {*self.state, *self.flow.definitions}:
            return False
        alone = len({tag for tag in self.state.values() if tag.startswith("data:")}) == 1
        kept = alone and not written(body) and (_masks(body) or does.any(FILTERING))
        return kept or does.any(GROUPING)

    def _useful(self, cell: Cell, body: list[ast.stmt], does: Calls) -> bool:
        """Return whether something needs the cell: a later cell, or the reader of a measure."""
        if does.fits and not self.flow.used(cell):
            return False
        kept = {*cell.names.writes, *cell.names.changes} & self.flow.needed[cell.number]
        names = analyse(body)
        scored = {"evaluate", "predict"} & set(self._states(cell.names.reads))
        ends = bool(names.writes or names.changes) and bool(scored)
        ends = ends and not self.flow.calls(cell.statements).draws
        return bool(kept) or does.metric or does.predicts or ends

    def _measures_scores(self, cell: Cell) -> bool:
        read = SCORED & set(self._states(cell.names.reads))
        return bool(read) and self.flow.names_measure(cell)

    def _splits(self, cell: Cell, body: list[ast.stmt]) -> bool:
        """Return whether a cell divides rows: into X_train and X_test, or by a mask for `fit`."""
        named = [name for name in cell.names.writes if PARTS.search(name)]
        masked = [each for each in body if isinstance(each, ast.Assign) and _masks([each])]
        parts = len(named) > 1 or (len(masked) > 1 and self._chooses(cell))
        return parts and bool({"features", "rows", "target"} & set(self._states(cell.names.reads)))

    def _chooses(self, cell: Cell) -> bool:
        """Return whether a model is fitted to what the cell writes."""
        return any(
            self.flow.calls(each.statements).fits or self._splits(each, self.flow.body(each))
            for each in self.flow.readers(cell)
        )

    def _states(self, names: list[str]) -> list[str]:
        return [self.state[name] for name in names if name in self.state]

    def _of_helper(self, cell: Cell) -> str:
        """Return the tag of the first cell that needs a helper, until it is defined again."""
        mine = set(cell.names.writes) - set(self.flow.modules)
        for each in self.flow.after(cell):
            if mine & set(each.names.reads) and self.found[each.number] != "drop":
                return self.found[each.number]
            if mine <= set(each.names.writes):
                return "drop"
        return "drop"


def _masks(body: list[ast.stmt]) -> bool:
    """Return whether a statement keeps some rows of a table: `t[t.age > 20]`, `t[~old]`."""
    kinds = (ast.Compare, ast.BinOp, ast.UnaryOp)
    return any(
        isinstance(node, ast.Subscript) and isinstance(node.slice, kinds)
        for each in body
        for node in ast.walk(each)
    )
