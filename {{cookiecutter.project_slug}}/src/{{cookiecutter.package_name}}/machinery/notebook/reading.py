"""Reads a notebook, and says in a sentence why it cannot be used."""

import json
from pathlib import Path
from typing import Any
from warnings import catch_warnings

from ..errors import InputError
from .exploration import library

LARGEST = 32_000_000  # bytes


def read(path: Path) -> Any:
    """Return the notebook at `path`; raise InputError when it is not a Python notebook."""
    if not path.is_file():
        raise InputError(f"{path} is not a file: give a notebook, such as churn.ipynb")
    text = path.read_bytes()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a notebook: {_why_not_json(path, text, error)}") from None
    if len(text) > LARGEST:
        raise InputError(
            f"{path} holds {len(text) / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f} MB:"
            f" clear the outputs of {_largest(content)} and save it"
        )
    return _valid(path, content)


def _why_not_json(path: Path, text: bytes, error: Exception) -> str:
    """Return why the bytes of a file are no JSON, and what to do."""
    if not text.strip():
        return "it is empty"
    if path.suffix == ".py":
        return f"it is Python: `jupytext --to ipynb {path}` makes one"
    if any(line.startswith((b"<" * 7 + b" ", b">" * 7 + b" ")) for line in text.splitlines()):
        return "it holds the marks of a merge conflict: resolve it first"
    return f"it is not JSON ({error})"


def _valid(path: Path, content: Any) -> Any:
    """Return `content` as a notebook of format 4 in Python."""
    nbformat = library("nbformat")
    version = content.get("nbformat") if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise InputError(f"{path} is not a notebook: it states no nbformat")
    if version > nbformat.current_nbformat:
        raise InputError(f"{path} has format {version}, which nbformat does not know: update it")
    if version != nbformat.current_nbformat:
        raise InputError(
            f"{path} has format {version}, this reads format {nbformat.current_nbformat}:"
            f" `jupyter nbconvert --to notebook --inplace {path}` converts it"
        )
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError(f"{path} holds half a character (a lone surrogate): remove it") from None
    try:
        with catch_warnings(action="ignore"):  # ids that two cells share are made unique
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} is not a valid notebook: {reason}") from None
    if (found := language(notebook)) not in {"python", ""}:
        raise InputError(f"{path} is written in {found}: only Python notebooks can be imported")
    return notebook


def language(notebook: Any) -> str:
    """Return the language that the notebook names, or nothing."""
    metadata = notebook.metadata
    for place, key in (("kernelspec", "language"), ("language_info", "name")):
        if found := metadata.get(place, {}).get(key):
            return str(found).lower().removeprefix("i")
    kernel = str(metadata.get("kernelspec", {}).get("name", ""))
    return {"ir": "r"}.get(kernel, "python" if kernel.startswith("python") else "")


def _largest(content: Any) -> str:
    """Name the cell with the largest outputs."""
    cells = content.get("cells", []) if isinstance(content, dict) else []
    sizes = {
        number: len(json.dumps(cell.get("outputs", []))) for number, cell in enumerate(cells, 1)
    }
    number = max(sizes, key=lambda each: sizes[each], default=0)
    return f"cell {number} ({sizes.get(number, 0) / 1e6:.0f} MB)"
