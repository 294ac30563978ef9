"""Sets a table as text whose lines fit a terminal."""

from collections.abc import Sequence
from io import StringIO

WIDTH = 100  # columns of a terminal
GAP = "  "
FEW = 6  # columns that stay columns; where more do not fit, the table is turned
NARROW = 30  # letters of a cell in a turned table


def text_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in lines of at most WIDTH: wide cells are broken into several lines.

    If it has many columns and is too wide, a column becomes a line, and as many rows as fit are
    next to each other; the others follow below.
    """
    table = [list(head), *([str(cell) for cell in row] for row in rows)]
    if len(head) <= FEW or sum(map(_needs, zip(*table, strict=True))) <= WIDTH + len(GAP):
        return _lines(table)
    blocks, room = [[table[0]]], 0
    for row in table[1:]:
        room -= min(_needs(row), NARROW)
        if room < 0:
            blocks.append([table[0]])
            room = WIDTH - _needs(table[0]) - min(_needs(row), NARROW)
        blocks[-1].append(row)
    return "\n\n".join(_lines([*zip(*block, strict=True)]) for block in blocks[1:])


def _needs(cells: Sequence[str]) -> int:
    """Return the width of a column with its gap."""
    return max(map(len, cells)) + len(GAP)


def _lines(table: Sequence[Sequence[str]]) -> str:
    """Return the rows of a table, its cells broken until it fits."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(*table[0], padding=(0, len(GAP), 0, 0))
    for row in table:
        grid.add_row(*(Text(cell, overflow="fold") for cell in row))
    console = Console(file=StringIO(), width=WIDTH, color_system=None)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
