"""Updates external tables before the pipeline runs; only this module depends on the day."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError
from .dvc import dvc
from .external import update
from .provenance import CADENCES, FOLDER, faults, licenses, name_of, read_pointer, write_pointer
from .reading import from_pointer
from .sources import write_sources


def refresh(today: date, *, when_overdue: Literal["stop", "last_good"]) -> Iterator[str]:
    """Yield what was done with each table; raise InputError if the pipeline must not go on."""
    for pointer in sorted(FOLDER.glob("*.dvc")):
        if not pointer.with_suffix("").exists():
            yield bring(pointer)
        for fault in faults(pointer, licenses()):
            raise InputError(fault)
        yield from renew(pointer, today, when_overdue=when_overdue)
    write_sources()


def bring(pointer: Path) -> str:
    """Fetch a missing table, in the bytes that its pointer records, and say so."""
    table = pointer.with_suffix("")
    try:
        dvc("pull", pointer, advice="")
    except InputError:
        url = from_pointer(read_pointer(pointer)).url
        other = f"`data update {name_of(pointer)}` fetches it again" if url else "put it back"
        raise InputError(
            f"{table} is missing and neither DVC's cache nor its remote gives it: "
            f"`dvc pull {pointer}` says why, {other}"
        ) from None
    return f"{table} was missing, DVC brought it"


def renew(
    pointer: Path, today: date, *, when_overdue: Literal["stop", "last_good"]
) -> Iterator[str]:
    """Fetch a table that is overdue again; when that fails, stop or mark it, and say so."""
    meta = read_pointer(pointer)["meta"]
    due = day_due(meta)
    if due is None or today <= due:
        mark(pointer, None)
        return
    name = name_of(pointer)
    try:
        changed = update(name, today)
        yield f"{name} was overdue since {due} and fetched again, commit its pointer: " + (
            "it changed" if changed else "it did not change"
        )
    except InputError as error:
        old = f"{name} is {(today - day_fetched(meta)).days} days old, overdue since {due}: {error}"
        if when_overdue == "stop":
            raise InputError(
                f"{old}; or let params.yaml say external.when_overdue: last_good"
            ) from None
        mark(pointer, due)
        yield f"warning: {old}; going on with the last good version, as its pointer now says"


def day_fetched(meta: dict[str, Any]) -> date:
    """Return the day when a table was last known to be what its source gives."""
    return date.fromisoformat(str(meta.get("checked") or meta["obtained"]))


def day_due(meta: dict[str, Any]) -> date | None:
    """Return the last day on which a table is fresh enough, None where every day is."""
    days = CADENCES[str(meta["refresh"])]
    return None if days is None else day_fetched(meta) + timedelta(days)


def mark(pointer: Path, due: date | None) -> None:
    """Let the pointer say since when its table is overdue, or that it is not."""
    content = read_pointer(pointer)
    since = due and due.isoformat()
    if content["meta"].get("overdue_since") == since:
        return
    content["meta"].pop("overdue_since", None)
    if since:
        content["meta"]["overdue_since"] = since
    write_pointer(pointer, content)
