"""Which names a piece of Python needs, binds and changes in place."""

import ast
import builtins
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)

# IPython binds these.
KNOWN = {*dir(builtins), "display", "get_ipython", "In", "Out", "_", "__", "___", "__file__"}
# Methods that change what they are called on.
CHANGING = {
    *("add", "append", "clear", "discard", "extend", "fit", "fit_transform", "insert"),
    *("partial_fit", "pop", "remove", "set_params", "setdefault", "sort", "update"),
}


@dataclass
class Names:
    """The names of some statements, each in the order of its first use."""

    reads: list[str] = field(default_factory=list)  # needed from elsewhere
    writes: list[str] = field(default_factory=list)  # bound here
    changes: list[str] = field(default_factory=list)  # changed in place


def analyse(statements: Sequence[ast.stmt]) -> Names:
    """Return what `statements` read, write and change, when they run in their order."""
    found = Names()
    _walk(statements, found)
    _append(found.changes, (name for each in statements for name in changed(each)))
    return found


def _walk(statements: Sequence[ast.stmt], found: Names) -> None:
    """Add the names of each statement, and of those in it in the order in which they run."""
    for statement in statements:
        if isinstance(statement, ast.For | ast.AsyncFor):
            _simple(ast.Expr(statement.iter), found)
            _simple(ast.Assign([statement.target], ast.Constant(None)), found)
        elif isinstance(statement, ast.While | ast.If):
            _simple(ast.Expr(statement.test), found)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                _simple(ast.Expr(item.context_expr), found)
                if item.optional_vars:
                    _simple(ast.Assign([item.optional_vars], ast.Constant(None)), found)
        elif isinstance(statement, ast.Try):
            _append(found.writes, (each.name for each in statement.handlers if each.name))
        else:
            _simple(statement, found)
            continue
        for part in ("body", "orelse", "finalbody"):
            _walk(getattr(statement, part, []), found)
        for handler in getattr(statement, "handlers", []):
            _walk(handler.body, found)


def _simple(statement: ast.stmt, found: Names) -> None:
    """Add the names of a statement without blocks, or of a definition."""
    table = symtable.symtable(ast.unparse(ast.fix_missing_locations(statement)), "<cell>", "exec")
    loads = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    loads |= {name for child in table.get_children() for name in _outer(child)}
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        loads.add(statement.target.id)
    stores = {
        each.get_name()
        for each in table.get_symbols()
        if each.is_assigned() or each.is_imported() or each.is_namespace()
    }
    if isinstance(statement, DEFINITIONS):
        loads.discard(statement.name)
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    order = [node.id for node in names]
    known = {*found.writes, *KNOWN}
    needed = sorted(loads - known, key=lambda name: order.index(name) if name in order else -1)
    _append(found.reads, needed)
    _append(found.writes, sorted(stores))


def _outer(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names that a function or a comprehension takes from outside."""
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _outer(child)


def changed(node: ast.AST) -> Iterator[str]:
    """Yield the names of the objects that `node` changes in place."""
    if isinstance(node, (*DEFINITIONS, ast.Lambda)):
        return
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield from base(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inplace = any(
            each.arg == "inplace" and isinstance(each.value, ast.Constant) and each.value.value
            for each in node.keywords
        )
        if inplace or node.func.attr in CHANGING:
            yield from base(node.func)
    for child in ast.iter_child_nodes(node):
        yield from changed(child)


def base(node: ast.AST) -> Iterator[str]:
    """Yield the name at the start of `df.loc[...].x`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _append(names: list[str], more: Iterator[str] | Sequence[str]) -> None:
    for name in more:
        if name not in names:
            names.append(name)
