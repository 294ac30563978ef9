"""The cells of a notebook: their Python without magics, their names, their tags."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import InputError
from .exploration import library
from .names import Names, analyse

# Cell magics whose body is Python that binds names in the notebook.
PYTHON = {"capture", "prun", "time", "timeit"}
TAG = re.compile(
    r"data:[a-z][a-z0-9_]*|setup|rows|target|features|train|evaluate|predict|plot|drop"
)
TAGS = "data:TABLE, setup, rows, target, features, train, evaluate, predict, plot or drop"


@dataclass
class Cell:
    """One code cell: its number in the notebook, its source, and the Markdown above it."""

    number: int
    source: str
    tags: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)

    @cached_property
    def code(self) -> str:
        """The Python of the cell; magics and shell lines are calls of get_ipython()."""
        head, _, body = self.source.lstrip().partition("\n")
        if head.startswith("%%"):
            return body if head[2:].split(" ")[0] in PYTHON else ""
        manager = library("IPython.core.inputtransformer2").TransformerManager()
        return str(manager.transform_cell(self.source))

    @cached_property
    def fault(self) -> str:
        """Why the cell is not Python, or nothing."""
        try:
            ast.unparse(ast.parse(self.code))
        except SyntaxError as error:
            return f"{error.msg}, line {error.lineno}"
        except (MemoryError, RecursionError):
            return "it is nested too deeply"
        except ValueError as error:
            return str(error)
        return ""

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The statements of the cell, without magics."""
        body = [] if self.fault else ast.parse(self.code).body
        return [each for each in body if not is_magic(each)]

    @cached_property
    def names(self) -> Names:
        """What the cell reads, writes and changes."""
        return analyse(self.statements)

    @property
    def tag(self) -> str:
        """The tag that says where the cell belongs, or nothing."""
        return next((tag for tag in self.tags if TAG.fullmatch(tag)), "")


def is_magic(statement: ast.stmt) -> bool:
    """Return whether a statement is a magic or a shell line."""
    return any(
        isinstance(node, ast.Name) and node.id == "get_ipython" for node in ast.walk(statement)
    )


def cells(notebook: Any) -> list[Cell]:
    """Return the code cells of a notebook; the title of a script's cell is its number."""
    found: list[Cell] = []
    above: list[str] = []
    for number, cell in zip(numbers(notebook), notebook.cells, strict=True):
        if cell.cell_type == "markdown":
            above.append(cell.source)
        elif cell.cell_type == "code":
            found.append(Cell(number, cell.source, list(cell.metadata.get("tags", [])), above))
            above = []
    return found


def numbers(notebook: Any) -> list[int]:
    """Return the number of each code cell: its title, its place, or a new one if that is taken."""
    titles = [str(cell.metadata.get("title", "")) for cell in notebook.cells]
    taken = {int(title): place for place, title in enumerate(titles) if title.isdecimal()}
    found = {place: number for number, place in taken.items()}
    for place, cell in enumerate(notebook.cells):
        if place not in found and cell.cell_type == "code":
            number = place + 1 if place + 1 not in taken else max(len(titles), *taken) + 1
            found[place], taken[number] = number, place
    return [found.get(place, 0) for place in range(len(titles))]


def read_script(path: Path) -> Any:
    """Return the notebook that the Python file at `path` holds."""
    return library("jupytext").read(path, fmt="py:percent")


def write_script(notebook: Any) -> str:
    """Return a notebook in the percent format, each code cell with its number and tags."""
    nbformat, jupytext = library("nbformat"), library("jupytext")
    copy = nbformat.from_dict(notebook)
    for number, cell in zip(numbers(notebook), copy.cells, strict=True):
        tags = list(cell.metadata.get("tags", []))
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.metadata["title"] = str(number)
    copy.metadata = nbformat.from_dict({})
    text = jupytext.writes(copy, fmt="py:percent")
    return re.sub(r"\A# ---\n.*?^# ---\n+", "", text, flags=re.DOTALL | re.MULTILINE)


def tagged(path: Path) -> list[Cell]:
    """Return the code cells of a script; raise InputError when one has no tag or an unknown one."""
    found = cells(read_script(path))
    for cell in found:
        if unknown := [tag for tag in cell.tags if not TAG.fullmatch(tag)]:
            raise InputError(f"{path}: cell {cell.number} has the tag {unknown[0]!r}: write {TAGS}")
        if len(cell.tags) > 1:
            raise InputError(
                f"{path}: cell {cell.number} has the tags {', '.join(cell.tags)}: leave one"
            )
    if without := [str(cell.number) for cell in found if not cell.tag]:
        raise InputError(
            f"{path}: no tag in cell {', '.join(without)}: `notebook map` proposes one"
        )
    return found


def constants(found: list[Cell]) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that is bound once in the notebook, by a plain assignment."""
    bound = [name for cell in found for name in cell.names.writes]
    for cell in found:
        for statement in cell.statements:
            match statement:
                case ast.Assign([ast.Name(id=name)], value) if bound.count(name) == 1:
                    yield name, value
