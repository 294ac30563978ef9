"""Cells that only set up what follows: imports, constants, options."""

import ast

from .cells import Cell
from .flow import Flow
from .names import DEFINITIONS, analyse, base


def sets_up(cell: Cell, flow: Flow, constants: set[str]) -> bool:
    """Return whether a cell has only imports, options, and constants that need only `constants`."""
    kinds = (ast.Import, ast.ImportFrom, *DEFINITIONS)
    return bool(cell.statements) and all(
        isinstance(each, kinds) or _is_constant(each, flow, constants) or _is_option(each, flow)
        for each in cell.statements
    )


def _is_constant(statement: ast.stmt, flow: Flow, constants: set[str]) -> bool:
    """Return whether a statement binds a value that needs no table."""
    if not isinstance(statement, ast.Assign):
        return False
    does = flow.calls([statement])
    known = {*flow.modules, *flow.definitions, *constants}
    alone = set(analyse([statement]).reads) <= known
    return alone and not (does.reads or does.fits or does.draws)


def _is_option(statement: ast.stmt, flow: Flow) -> bool:
    """Return whether a statement calls a function of a module for what it does."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and not flow.shown(statement)
        and set(base(statement.value.func)) <= set(flow.modules)
    )
