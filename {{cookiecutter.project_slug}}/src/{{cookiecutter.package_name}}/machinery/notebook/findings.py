"""What stands between a notebook and production: faults by cell, and imports that no lock holds."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.utils import canonicalize_name

from ..locks import pins
from .cells import Cell
from .exploration import library
from .names import KNOWN

ABSOLUTE = re.compile(
    r"(?:~|/(?:home|Users|mnt|data|tmp|var|opt|srv|media|root|Volumes|content|kaggle|dbfs))/\S"
    r"|[A-Za-z]:[\\/]\S|\\\\\w"
)
LOCKS = {
    "serve": "for prediction and training",
    "train": "for training",
    "dev": "for development, not for the pipeline",
    "explore": "for notebooks; code of the pipeline needs it in pyproject.toml, see docs/data.md",
}
# Modules that are not called like their package, where it is not installed.
PACKAGES = {"bs4": "beautifulsoup4", "cv2": "opencv-python", "PIL": "pillow", "yaml": "pyyaml"}


def faults(found: list[Cell], notebook: Any) -> Iterator[tuple[int, str]]:
    """Yield the number of a cell and what is wrong with it."""
    yield from _runs(notebook)
    defined = {name: cell.number for cell in reversed(found) for name in cell.names.writes}
    star = any("import *" in cell.code for cell in found)
    before = set(KNOWN)
    for cell in found:
        if cell.fault:
            yield cell.number, f"is not Python: {cell.fault}"
        for name in (name for name in cell.names.reads if name not in before):
            later = defined.get(name)
            if later:
                yield cell.number, f"uses `{name}`, which cell {later} defines later"
            elif not star:
                yield cell.number, f"uses `{name}`, which no cell defines"
        before |= {*cell.names.writes}
        for text in strings(cell):
            if ABSOLUTE.match(text):
                yield cell.number, f"holds the absolute path {text}"


def _runs(notebook: Any) -> Iterator[tuple[int, str]]:
    """Yield the cells that ran out of order, never ran, or failed."""
    last, counted = 0, any(cell.get("execution_count") for cell in notebook.cells)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        count = cell.get("execution_count")
        if counted and not count:
            yield number, "was not run"
        elif count and count < last:
            yield (
                number,
                f"is out of order: it ran as [{count}], a cell above as [{last}]",
            )
        last = max(last, count or 0)
        for output in cell.outputs:
            if output.output_type == "error":
                yield number, f"failed: {output.ename}: {output.evalue}".splitlines()[0]


def strings(cell: Cell) -> Iterator[str]:
    """Yield the texts in a cell's code."""
    for statement in cell.statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def secrets(notebook: Any) -> Iterator[tuple[int, str]]:
    """Yield the number of each cell with a line that looks like a secret, and its kind."""
    scan, settings = library("detect_secrets.core.scan"), library("detect_secrets.settings")
    lines = [
        (number, line)
        for number, cell in enumerate(notebook.cells, start=1)
        for line in cell.source.splitlines()
    ]
    with TemporaryDirectory() as folder, settings.default_settings():
        path = Path(folder, "cells.py")  # a line alone is searched without regard to quotes
        path.write_text("\n".join(line for _, line in lines), encoding="utf-8")
        for each in scan.scan_file(str(path)):
            yield lines[each.line_number - 1][0], each.type


def imports(found: list[Cell]) -> list[tuple[str, str]]:
    """Return the packages that the cells import, each with what the locks say."""
    modules = {
        name.partition(".")[0]
        for cell in found
        for statement in cell.statements
        for node in ast.walk(statement)
        for name in _imported(node)
    }
    known = packages_distributions()
    packages = {
        canonicalize_name(known.get(name, [PACKAGES.get(name, name)])[0])
        for name in modules - sys.stdlib_module_names
    }
    return [(name, _locked(name)) for name in sorted(packages)]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def _locked(package: str) -> str:
    """Say which lock holds a package."""
    for lock, use in LOCKS.items():
        path = Path(f"requirements/{lock}.txt")
        versions = pins(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if package in versions:
            return f"{versions[package]}, in {path}: {use}"
    return "in no lock: add it to pyproject.toml, then `make lock setup`"
