"""External tables in DVC, as Parquet: take one in, and take its next version."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..files import sha256, write_text
from .dvc import dvc
from .origin import bring, temporary
from .provenance import FOLDER, find, read_pointer, write_pointer
from .reading import Reading, from_pointer
from .refusals import refuse, refuse_other, refuse_update
from .sources import write_sources

NOTHING = Reading()
DOCTOR = "`dvc doctor` may say more"


def add(
    origin: str, *, name: str, desc: str, meta: Mapping[str, str], reading: Reading, today: date
) -> Path:
    """Take in the table at `origin` with its provenance, return its path; a failure leaves nothing.

    `origin` is a URL, the URL of a database for which `reading` has a query, or a file or folder
    of files: then `meta` has to say its source.
    """
    refuse(origin, name=name, meta=meta, reading=reading)
    table = FOLDER / f"{name}.parquet"
    pointer = table.with_name(f"{table.name}.dvc")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with temporary() as folder:
        new, reading = bring(origin, folder, reading)
        try:
            new.replace(table)
            dvc("add", table, advice=DOCTOR)
            content = read_pointer(pointer)
            content["desc"] = desc
            content["meta"] = {"source": origin, "method": method(reading), **meta}
            settle(content, stamp(table, today), reading)
            write_pointer(pointer, content)
        except BaseException:  # Ctrl-C too
            table.unlink(missing_ok=True)
            pointer.unlink(missing_ok=True)
            raise
    write_sources()
    return table


def update(name: str, today: date, origin: str = "", reading: Reading = NOTHING) -> bool:
    """Take the next version of the table `name`, return whether it changed; a failure keeps it.

    It comes from where the old one came from, or from `origin`, and is read in the same way, where
    `reading` says nothing else.
    """
    pointer = find(name)
    table, text = pointer.with_suffix(""), pointer.read_text(encoding="utf-8")
    content = read_pointer(pointer)
    before = from_pointer(content)
    reading = reading.over(before)
    origin = origin or reading.url
    refuse_update(table, origin, reading)
    with temporary() as folder:
        new, reading = bring(origin, folder, reading)
        refuse_other(new, table, pointer)
        changed = sha256(new) != str(content["meta"].get("sha256"))
        here, old = table.exists(), folder / "old"
        try:
            if changed:
                if here:
                    table.replace(old)
                new.replace(table)
                dvc("add", table, advice=DOCTOR)
                content = read_pointer(pointer)  # DVC kept `desc`, `meta` and the comments
            if content["meta"].get("source") == before.url:
                content["meta"]["source"] = reading.url
            settle(content, stamp(table, today) if changed else {"checked": str(today)}, reading)
            write_pointer(pointer, content)
        except BaseException:
            write_text(text, pointer)
            if old.exists():
                old.replace(table)
            elif not here:
                table.unlink(missing_ok=True)
            raise
    write_sources()
    return changed


def settle(content: dict[str, Any], stamped: Mapping[str, str], reading: Reading) -> None:
    """Write what is new to the pointer's content, and drop what no longer holds."""
    for outdated in ("checked", "overdue_since"):
        content["meta"].pop(outdated, None)
    for imported in ("md5", "frozen", "deps"):  # of an import by DVC, which it no longer is
        content.pop(imported, None)
    content["meta"].update(stamped)
    if known := reading.known():
        content["meta"]["read"] = known


def stamp(table: Path, today: date) -> dict[str, str]:
    """Return the part of the provenance that is new with every version."""
    return {"obtained": today.isoformat(), "sha256": sha256(table)}


def method(reading: Reading) -> str:
    """Return how a table was obtained."""
    return "query" if reading.query else "download" if reading.url else "file"
