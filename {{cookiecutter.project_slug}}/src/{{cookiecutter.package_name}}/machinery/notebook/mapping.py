"""Which cell reads and writes which names, with a proposed tag for each: a table and a picture."""

from pathlib import Path
from typing import Any

from .. import page
from ..files import write_text
from .calls import modules
from .cells import Cell, cells, read_script, write_script
from .exploration import Exploration
from .propose import propose

FOLDER = Path("build/notebooks")
INCHES = 0.22  # a row or a column


def map_cells(exploration: Exploration) -> tuple[list[Cell], list[int], Path]:
    """Propose a tag for each cell without one, draw the map; return cells, proposals and page."""
    notebook = read_script(exploration.script)
    found = cells(notebook)
    proposed = propose(found)
    new = [cell.number for cell in found if not cell.tags]
    for cell in found:
        cell.tags = cell.tags or [proposed[cell.number]]
    if new:
        code = (cell for cell in notebook.cells if cell.cell_type == "code")
        for known, cell in zip(found, code, strict=True):
            cell.metadata["tags"] = known.tags
        write_text(write_script(notebook), exploration.script)
    target = FOLDER / f"{exploration.name}.html"
    write_text(_page(exploration.name, found), target)
    return found, new, target


def uses(found: list[Cell]) -> dict[str, dict[int, str]]:
    """Return, for each name but modules, which cells read, write or change it: r, w or c."""
    skipped = set(modules(found))
    table: dict[str, dict[int, str]] = {}
    for cell in found:
        kinds = (("r", cell.names.reads), ("c", cell.names.changes), ("w", cell.names.writes))
        for kind, names in kinds:
            for name in names:
                if name not in skipped:
                    table.setdefault(name, {})[cell.number] = kind
    return table


def row(cell: Cell, skipped: set[str]) -> tuple[str, ...]:
    """Return a cell's number, tag, and the names that it reads, changes and writes."""
    names = cell.names
    lists = (names.reads, names.changes, names.writes)
    return (
        str(cell.number),
        cell.tag or ", ".join(cell.tags),
        *(", ".join(name for name in each if name not in skipped) for each in lists),
    )


HEAD = ("cell", "tag", "reads", "changes", "writes")


def _page(name: str, found: list[Cell]) -> str:
    skipped = set(modules(found))
    drawn = {"a circle writes, a cross changes, a dot reads": _draw(name, found)}
    parts = {
        "Cells": page.table(HEAD, [row(cell, skipped) for cell in found]),
        "Picture": page.figures(drawn, whole=True),
    }
    return page.page(f"The notebook {name}", parts, lead="Correct the tags in the Python file.")


def _draw(name: str, found: list[Cell]) -> str:
    """Draw the names against the cells, in the colours of their tags."""
    from matplotlib import rc_context  # noqa: PLC0415  takes a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    from .. import theme  # noqa: PLC0415

    table = uses(found)
    numbers = [cell.number for cell in found]
    tags = sorted({cell.tag.split(":")[0] for cell in found})
    colours = {tag: theme.COLOURS[place % len(theme.COLOURS)] for place, tag in enumerate(tags)}
    with rc_context(theme.THEME):
        figure = Figure(figsize=(3 + INCHES * len(table), 2 + INCHES * len(found)))
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        styles: dict[str, dict[str, Any]] = {"w": {"marker": "o"}, "c": {"marker": "x"}}
        for column, cells_ in enumerate(table.values()):
            for cell in found:
                if kind := cells_.get(cell.number):
                    style = styles.get(kind, {"marker": ".", "s": 12})
                    colour = colours[cell.tag.split(":")[0]]
                    axes.scatter([column], [numbers.index(cell.number)], color=colour, **style)
        axes.set_xticks(range(len(table)), list(table), rotation=90)
        axes.set_yticks(range(len(found)), [f"{cell.tag}  {cell.number}" for cell in found])
        axes.xaxis.tick_top()
        axes.invert_yaxis()
    return theme.svg(figure, f"names and cells of {name}")
