"""The columns that statements name: those that they set, and the one that a model is fitted to."""

import ast
from collections.abc import Iterable, Iterator

from .calls import FITTING, called
from .cells import Cell

LABELLED = {"DMatrix", "Dataset", "Pool", "QuantileDMatrix"}  # they take the label as `label=`
SAME = {"T", "array", "values"}  # attributes that hold the same values


def written(statements: Iterable[ast.stmt]) -> list[str]:
    """Return the columns that statements set: `df["late"] = …`."""
    found = []
    for node in (node for each in statements for node in ast.walk(each)):
        match node:
            case ast.Subscript(slice=index, ctx=ast.Store()):
                found.append(ast.unparse(index).strip("'\""))
            case ast.Attribute(attr=name, ctx=ast.Store()):
                found.append(name)
    return list(dict.fromkeys(found))


def targets(found: Iterable[Cell]) -> Iterator[str]:
    """Yield the columns that a model is fitted to: y in `fit(X, y)`, and what y was taken from."""
    nodes = [node for cell in found for each in cell.statements for node in ast.walk(each)]
    labels = [each for node in nodes if isinstance(node, ast.Call) for each in _labels(node)]
    yield from filter(None, map(column, labels))
    names = {"y", "target", "label", *map(ast.unparse, labels)}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target, value in _pairs(node):
                if ast.unparse(target) in names:
                    yield from filter(None, [column(value)])


def column(node: ast.expr) -> str:
    """Return the column that `df["late"]`, `df.late.values` or `log(df.late)` is, or nothing."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Attribute(value, name):
            return column(value) if name in SAME else name
        case ast.Call(ast.Attribute(ast.Subscript() | ast.Attribute() as value)):
            return column(value)
        case ast.Call(args=[first]):
            return column(first)
    return ""


def _labels(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a call takes as the label of a model."""
    name = called(call)
    if name in FITTING and len(call.args) > 1:
        yield call.args[1]
    if name in FITTING | LABELLED:
        yield from (each.value for each in call.keywords if each.arg in {"y", "label"})


def _pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each name with its value, also of `X, y = a, b`."""
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=False)
        else:
            yield target, node.value
