"""Types and docstrings for the functions and classes of a notebook, where they have none."""

import ast
from collections.abc import Iterable, Iterator
from io import StringIO
from tokenize import OP, TokenInfo, generate_tokens

from .names import DEFINITIONS, FUNCTIONS

# What a container holds if nobody says so.
HOLDS = {
    **dict.fromkeys(("frozenset", "list", "set", "FrozenSet", "List", "Set"), "[Any]"),
    **dict.fromkeys(("Iterable", "Iterator", "Sequence"), "[Any]"),
    **dict.fromkeys(("dict", "defaultdict", "Dict", "DefaultDict", "Mapping"), "[Any, Any]"),
    **dict.fromkeys(("tuple", "Tuple"), "[Any, ...]"),
    "Callable": "[..., Any]",
}
Insertion = tuple[tuple[int, int], str]  # line and column, and what to write there


def signed(source: str, cell: int = 0) -> str:
    """Return a statement with `Any` for each missing type, and, if `cell` is given, docstrings."""
    (node,) = ast.parse(source).body
    lines = source.split("\n")
    tokens = list(generate_tokens(StringIO(source).readline))
    found = [*_types(node, lines, tokens)]
    found += [*_docstrings(node, lines, tokens, cell)] if cell else []
    for (row, column), text in sorted(found, reverse=True):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + text + line[column:]
    return "\n".join(lines)


def settings(nodes: Iterable[ast.AST]) -> str:
    """Return the line that tells mypy what it cannot know of libraries without types."""
    inside = [each for node in nodes for each in ast.walk(node)]
    options = []
    if any(isinstance(each, ast.ClassDef) and each.bases for each in inside):
        options.append("allow-subclassing-any")
    if any(isinstance(each, FUNCTIONS) and each.returns for each in inside):
        options.append("no-warn-return-any")
    return f"# mypy: {', '.join(options)}\n" if options else ""


def _types(node: ast.AST, lines: list[str], tokens: list[TokenInfo]) -> Iterator[Insertion]:
    """Yield the types that are missing in the definitions in a statement."""
    methods = {
        id(each)
        for part in ast.walk(node)
        if isinstance(part, ast.ClassDef)
        for each in part.body
        if isinstance(each, FUNCTIONS)
        and "staticmethod" not in map(ast.unparse, each.decorator_list)
    }
    annotations: list[ast.expr | None] = []
    for part in ast.walk(node):
        if isinstance(part, FUNCTIONS):
            given = _arguments(part.args)[id(part) in methods :]
            annotations += [part.returns, *(each.annotation for each in given)]
            yield from ((_end(each, lines), ": Any") for each in given if not each.annotation)
            if not part.returns:
                kind = "None" if part.name == "__init__" else "Any"
                yield _colon(part, lines, tokens), f" -> {kind}"
        elif isinstance(part, ast.ClassDef):
            annotations += part.bases
        elif isinstance(part, ast.AnnAssign):
            annotations.append(part.annotation)
    for each in filter(None, annotations):
        yield from ((_end(name, lines), HOLDS[name.id]) for name in _bare(each))


def _docstrings(
    node: ast.stmt, lines: list[str], tokens: list[TokenInfo], cell: int
) -> Iterator[Insertion]:
    """Yield the docstrings that a function, or a class and its public methods, lack."""
    own: list[tuple[ast.stmt, str]] = [(node, "")]
    if isinstance(node, ast.ClassDef):
        own += [(each, f"{node.name}.") for each in node.body if isinstance(each, FUNCTIONS)]
    for each, prefix in own:
        if not isinstance(each, DEFINITIONS) or ast.get_docstring(each):
            continue
        if {"overload", "typing.overload"} & {*map(ast.unparse, each.decorator_list)}:
            continue  # the definition after it has one
        if prefix and each.name.startswith("_") and each.name != "__call__":
            continue
        row, column = _colon(each, lines, tokens)
        indent = " " * (each.col_offset + 4)
        text = f'\n{indent}"""Do what `{prefix}{each.name}` did in cell {cell}."""'
        first = each.body[0]
        if first.lineno == row:  # on one line
            yield _place(first.lineno, first.col_offset, lines), f"{text}\n{indent}"
        else:
            yield (row, column + 1), text


def _arguments(given: ast.arguments) -> list[ast.arg]:
    """Return all arguments of a function, the first one first."""
    some = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [each for each in some if each]


def _bare(node: ast.AST) -> Iterator[ast.Name]:
    """Yield the containers in an annotation that do not say what they hold."""
    said = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Subscript)}
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in HOLDS and id(each) not in said:
            yield each


def _colon(node: ast.stmt, lines: list[str], tokens: list[TokenInfo]) -> tuple[int, int]:
    """Return the place of the colon that ends the head of a definition."""
    start, depth = _place(node.lineno, node.col_offset, lines), 0
    for token in (each for each in tokens if each.type == OP and each.start >= start):
        depth += (token.string in "([{") - (token.string in ")]}")
        if token.string == ":" and not depth:
            return token.start
    raise AssertionError(ast.unparse(node))  # Python parsed it


def _end(node: ast.arg | ast.expr, lines: list[str]) -> tuple[int, int]:
    return _place(node.end_lineno or node.lineno, node.end_col_offset or 0, lines)


def _place(row: int, offset: int, lines: list[str]) -> tuple[int, int]:
    """Return a place in characters: the parser counts bytes."""
    return row, len(lines[row - 1].encode()[:offset].decode())
