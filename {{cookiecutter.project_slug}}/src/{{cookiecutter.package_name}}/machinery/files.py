"""Reading and writing, so that no file is half written and equal tables give equal bytes."""

import errno
import hashlib
import json
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from .errors import InputError

ROWS_PER_GROUP = 65_536  # fixed, because it decides the bytes of a Parquet file


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a path next to `path` to write to; it replaces `path`, or is removed on an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    _remove(part)
    try:
        yield part
        if path.is_dir():
            _remove(path)
        part.replace(path)
    except BaseException:
        _remove(part)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def scan_table(path: Path) -> pl.LazyFrame:
    """Open the Parquet file at `path` lazily; raise InputError if it is missing or invalid."""
    if not path.is_file():
        reason = "is not a file" if path.exists() else "does not exist"
        raise InputError(f"{path} {reason}: run `dvc pull` or the stage that makes it")
    try:
        table = pl.scan_parquet(path, glob=False)
        table.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} is not a readable Parquet file ({error}): run `dvc pull` or the stage that"
            " makes it"
        ) from None
    return table


def write_table(table: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write `table` to the Parquet file at `path` in fixed row groups and in the order it has."""
    # Given a path, Polars may make the file after it has reported an error.
    with atomic_write(path) as part, part.open("wb") as file:
        table.lazy().sink_parquet(file, row_group_size=ROWS_PER_GROUP)


def write_text(text: str, path: Path) -> None:
    """Write `text` to `path` in UTF-8."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(value: Any, path: Path) -> None:
    """Write `value` to `path` as indented JSON; NaN is refused because JSON has no NaN."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_folder(fill: Callable[[Path], None], path: Path) -> None:
    """Let `fill` write into an empty folder next to `path`, then swap it in as a whole."""
    with atomic_write(path) as part:
        part.mkdir()
        fill(part)


def read_file(path: Path, largest: int) -> bytes:
    """Return the bytes of a file; raise OSError if it is larger, or a pipe, which never ends."""
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "not a file", str(path))
    if state.st_size > largest:
        raise OSError(errno.EFBIG, f"larger than {largest} bytes", str(path))
    return path.read_bytes()


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file at `path` in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
