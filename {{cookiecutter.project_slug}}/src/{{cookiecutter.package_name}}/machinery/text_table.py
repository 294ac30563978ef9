"""Sets a table as text whose lines fit a terminal."""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

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
    """Return the rows of a table, its widest columns broken until it fits."""
    widths = [_needs(column) for column in zip(*table, strict=True)]
    while sum(widths) > WIDTH + len(GAP):
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in table:
        cells = [
            wrap(cell, width - len(GAP), break_on_hyphens=False)
            for cell, width in zip(row, widths, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):
            line = (part.ljust(width) for part, width in zip(parts, widths, strict=True))
            lines.append("".join(line).rstrip())
    return "\n".join(lines)
