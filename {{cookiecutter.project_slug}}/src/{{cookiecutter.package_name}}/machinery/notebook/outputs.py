"""The static outputs of a notebook as files: pictures, tables, text."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError

# The first of these that an output has is kept.
KINDS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "text/html": "html",
    "text/plain": "txt",
}
BINARY = ("png", "jpg")


def outputs(notebook: Any) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of a file for each static output: cell-012-1.png."""
    for number, cell in enumerate(notebook.cells, start=1):
        for place, output in enumerate(cell.get("outputs", []), start=1):
            data = output.get("data", {})
            if output.output_type == "stream":
                data = {"text/plain": output.text}
            for kind, ending in KINDS.items():
                if kind in data:
                    text = "".join(data[kind])
                    binary = ending in BINARY
                    content = _decoded(number, text) if binary else text.encode()
                    yield f"cell-{number:03}-{place}.{ending}", content
                    break


def _decoded(number: int, text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        raise InputError(
            f"cell {number} holds a picture that cannot be decoded: clear its outputs"
        ) from None


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the outputs into an empty folder."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
