"""Where external tables came from, according to their DVC pointers, and whether that is true.

All paths are relative to the project's folder, where the commands run.
"""

import io
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..files import sha256, write_text

if TYPE_CHECKING:
    from ruamel.yaml import YAML

FOLDER = Path("data/external")
META = ("source", "license", "method", "obtained", "owner", "refresh", "personal_data", "sha256")
# Days from a fetch to the next; None: never overdue.
CADENCES = {
    "never": None,
    "daily": 1,
    "weekly": 7,
    "monthly": 31,
    "quarterly": 92,
    "yearly": 366,
    "unknown": None,
}
PERSONAL_DATA = ("none", "pseudonymous", "personal", "sensitive", "unknown")


def check() -> list[str]:
    """Return a sentence for every fault in the external data; a missing table is not a fault."""
    allowed = licenses()
    pointers = sorted(FOLDER.glob("*.dvc"))
    tracked = {*pointers, *(pointer.with_suffix("") for pointer in pointers)}
    strangers = sorted(set(FOLDER.glob("[!.]*")) - tracked)
    return [
        *(fault for pointer in pointers for fault in faults(pointer, allowed)),
        *(f"{path} is not tracked by DVC: `data add` its URL or remove it" for path in strangers),
    ]


def faults(pointer: Path, allowed: list[str]) -> Iterator[str]:
    """Yield a sentence for every fault of one pointer and its table."""
    try:
        content = read_pointer(pointer)
    except InputError as error:
        yield str(error)
        return
    meta = dict.fromkeys(META) | content["meta"]
    for field, value in {"desc": content.get("desc"), **meta}.items():
        if not str(value or "").strip():
            yield f"{pointer} lacks {field}: fill it in{'' if field == 'desc' else ' under meta'}"
    if meta["refresh"] and str(meta["refresh"]) not in CADENCES:
        yield f"{pointer} has refresh {meta['refresh']}: write one of {', '.join(CADENCES)}"
    for field in ("obtained", "checked"):
        if meta.get(field) and not is_day(str(meta[field])):
            yield f"{pointer} has {field} {meta[field]}, not a date: write it as 2026-01-31"
    if meta["license"] and meta["license"] not in allowed:
        yield (
            f"{pointer} has the license {meta['license']}, "
            f"which pyproject.toml does not allow: {', '.join(allowed)}"
        )
    if differs(pointer):
        yield (
            f"{pointer.with_suffix('')} has another sha256 than {pointer.name} says: "
            "`dvc checkout` the recorded bytes, or `dvc add` these and correct the pointer"
        )


def is_day(text: str) -> bool:
    """Return whether `text` is a day in the form 2026-01-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def differs(pointer: Path) -> bool:
    """Return whether the pointer's table is here with other bytes than `meta.sha256` says."""
    table, stated = pointer.with_suffix(""), read_pointer(pointer)["meta"].get("sha256")
    return bool(stated) and table.is_file() and sha256(table) != str(stated)


def missing() -> list[Path]:
    """Return the tables that have a pointer but are not here."""
    tables = (pointer.with_suffix("") for pointer in sorted(FOLDER.glob("*.dvc")))
    return [table for table in tables if not table.exists()]


def named(name: str) -> list[Path]:
    """Return the existing files of the table `name`: the table, its pointer, both or none."""
    return sorted(path for path in FOLDER.glob("*") if name_of(path) == name)


def find(name: str) -> Path:
    """Return the pointer of the table `name`."""
    pointers = [path for path in named(name) if path.suffix == ".dvc"]
    if len(pointers) != 1:
        known = sorted(name_of(path) for path in FOLDER.glob("*.dvc"))
        raise InputError(f"no external table is named {name!r}: {', '.join(known) or 'none yet'}")
    return pointers[0]


def name_of(path: Path) -> str:
    """Return the name of the table of this file or pointer."""
    return path.name.split(".")[0]


def licenses() -> list[str]:
    """Return the SPDX names of the licenses that pyproject.toml allows for external data."""
    try:
        project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
        return [str(name) for name in project["tool"]["external-data"]["licenses"]]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        raise InputError(
            "no pyproject.toml here lists `licenses` under [tool.external-data]: "
            "run this in the project's folder, or add the list"
        ) from None


def read_pointer(pointer: Path) -> dict[str, Any]:
    """Return the pointer's content, with an empty `meta` if it is missing."""
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415  as in _yaml

    try:
        content = _yaml().load(pointer.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError):
        content = None
    if isinstance(content, dict) and isinstance(content.setdefault("meta", {}), dict):
        return content
    raise InputError(f"{pointer} is not a DVC pointer: `git checkout` it")


def write_pointer(pointer: Path, content: Mapping[str, Any]) -> None:
    """Write the pointer's content, with the comments that it was read with."""
    text = io.StringIO()
    _yaml().dump(content, text)
    write_text(text.getvalue(), pointer)


def _yaml() -> "YAML":
    """Return a reader and writer that keeps comments and line breaks."""
    from ruamel.yaml import YAML  # noqa: PLC0415  comes with DVC, which the serving image lacks

    return YAML()
