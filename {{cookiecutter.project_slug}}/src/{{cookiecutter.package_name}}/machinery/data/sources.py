"""The version of each external table behind a model: data/sources.json, from the pointers.

DVC accepts no pointer as a dependency of a stage, so the stages depend on this file instead.
"""

import json
from pathlib import Path

from ..files import write_json
from .provenance import FOLDER, name_of, read_pointer

SOURCES = Path("data/sources.json")
FIELDS = ("obtained", "sha256", "refresh", "overdue_since")


def sources() -> dict[str, dict[str, str | None]]:
    """Return, for each table, what its pointer says of its version."""
    metas = {
        name_of(pointer): read_pointer(pointer)["meta"] for pointer in sorted(FOLDER.glob("*.dvc"))
    }
    return {
        table: {field: str(meta[field]) if meta.get(field) else None for field in FIELDS}
        for table, meta in metas.items()
    }


def write_sources() -> None:
    """Write data/sources.json again."""
    write_json(sources(), SOURCES)


def check() -> list[str]:
    """Return a sentence if data/sources.json does not agree with the pointers."""
    try:
        same = json.loads(SOURCES.read_text(encoding="utf-8")) == sources()
    except (FileNotFoundError, ValueError):
        same = False
    return [] if same else [f"{SOURCES} is not what the pointers say: `data refresh` writes it"]
