"""How a CSV is separated: detected where only one way fits, otherwise asked for."""

import csv
from pathlib import Path

from ..errors import InputError

SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SAMPLE = 2**18  # bytes


def separator(path: Path) -> str:
    """Return the separator of the CSV at `path`; raise InputError unless exactly one fits."""
    with path.open("rb") as file:
        text = file.read(SAMPLE).decode("utf-8-sig", errors="replace")
    lines = text.splitlines()
    lines = lines[:-1] if len(text.encode()) >= SAMPLE else lines  # it may end inside a line
    fits = [each for each in SEPARATORS if _fits(lines, each)]
    if len(fits) == 1:
        return fits[0]
    absent = [each for each in SEPARATORS if each not in lines[0]]
    if not fits and len(absent) == len(SEPARATORS):  # a single column
        return next((each for each in SEPARATORS if each not in text), ",")
    known = " or ".join(SEPARATORS[each] for each in fits) or "none of comma, semicolon, tab, bar"
    raise InputError(
        f"{path.name}: {known} gives each row the same number of fields:"
        " say which one it is with --separator"
    )


def _fits(lines: list[str], separator: str) -> bool:
    try:
        widths = {len(row) for row in csv.reader(lines, delimiter=separator) if row}
    except csv.Error:
        return False
    return len(widths) == 1 and min(widths) > 1


def header(path: Path, separator: str) -> list[str]:
    """Return the names of the columns; raise InputError when one is there twice."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=separator))
    except UnicodeDecodeError:
        raise InputError(
            f"{path.name} is not in UTF-8: convert it, as with"
            f" `iconv -f WINDOWS-1252 -t UTF-8 {path.name}`"
        ) from None
    except StopIteration:
        raise InputError(f"{path.name} has no rows: give a table with rows") from None
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{path.name} has the column {twice[0]!r} twice: rename one")
    return names
