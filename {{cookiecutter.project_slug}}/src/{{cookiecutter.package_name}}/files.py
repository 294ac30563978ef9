"""Reading and writing, so that no file is ever half written and equal tables are equal bytes."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from .stage import InputError

ROWS_PER_GROUP = 65_536  # fixed, because it decides the bytes of a Parquet file


def beside(path: Path) -> Path:
    """Return where `path` is written before it is renamed; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f"{path.name}.part")


def scan_table(path: Path) -> pl.LazyFrame:
    """Open the Parquet file at `path` lazily; raise InputError when it is missing or none."""
    if not path.is_file():
        raise InputError(f"{path} does not exist: run `dvc pull` or the stage that makes it")
    try:
        table = pl.scan_parquet(path, glob=False)
        table.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} is no Parquet file that can be read: {error}") from None
    return table


def write_table(table: pl.DataFrame | pl.LazyFrame, path: Path) -> None:
    """Write `table` to the Parquet file at `path` in fixed row groups and in the order it has."""
    part = beside(path)
    table.lazy().sink_parquet(part, row_group_size=ROWS_PER_GROUP)
    part.replace(path)


def write_text(text: str, path: Path) -> None:
    """Write `text` to `path` in UTF-8."""
    part = beside(path)
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def write_json(value: Any, path: Path) -> None:
    """Write `value` to `path` as indented JSON; NaN is refused because JSON has none."""
    write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def write_folder(fill: Callable[[Path], None], path: Path) -> None:
    """Let `fill` write into an empty folder beside `path`, then swap it in whole."""
    part = beside(path)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    fill(part)
    shutil.rmtree(path, ignore_errors=True)
    part.replace(path)


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file at `path` in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
