"""Where rows come from: Parquet, CSV or a database, in chunks, so that memory stays flat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256 as sha256_of
from itertools import islice
from pathlib import Path

import polars as pl

from ...data.border import convert, refuse_missing_columns, refuse_wrong_columns
from ...data.table import Table
from ...errors import InputError
from ...files import ROWS_PER_GROUP, sha256
from ..database import is_url, parse

CHUNK = ROWS_PER_GROUP


@dataclass(frozen=True)
class Source:
    """Rows in chunks of CHUNK, the same ones in the same order each time they are read.

    Each chunk is the rows in the types that were wanted, and those that do not fit, with `rule`.
    """

    name: str
    sha256: str | None  # of the files; a database has none
    rows: int | None  # where that is known beforehand
    read: Callable[[], Iterator[tuple[pl.DataFrame, pl.DataFrame]]]

    def chunks(self, first: int = 0) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield the chunks from the number `first` on."""
        yield from islice(self.read(), first, None)


def open_source(text: str, wanted: Table, *, table: str = "", query: str = "") -> Source:
    """Open the rows that `text` names: a file, a folder of Parquet files, or a database's URL.

    Raises InputError when it is not there, has no rows or lacks a column of `wanted`.
    """
    if is_url(text):
        from .database_source import database_source  # noqa: PLC0415  files need no database

        return database_source(parse(text), wanted, table=table, query=query)
    if table or query:
        raise InputError(f"{text} is a file: --table and --query belong to the URL of a database")
    path = Path(text)
    return csv(path, wanted) if path.suffix.lower() == ".csv" else parquet(path, wanted)


def parquet(path: Path, wanted: Table) -> Source:
    """Open a Parquet file, or all of a folder in the order of their names."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} holds no *.parquet: give a folder that has some, or a file")
    refuse_absent(path)
    try:
        scan = pl.scan_parquet(files, glob=False)
        for file in files:
            found = pl.scan_parquet(file, glob=False).collect_schema()
            refuse_wrong_columns(found, source=file, table=wanted)
        scan = scan.select(list(wanted.columns))
        rows = scan.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} is no Parquet that can be read: {_line(error)}") from None
    refuse_empty(path, empty=not rows)
    clean = pl.DataFrame(schema=dict.fromkeys([*wanted.columns, "rule"], pl.String))
    return Source(
        str(path), _digest(files), rows, lambda: ((chunk, clean) for chunk in _stream(scan, path))
    )


def csv(path: Path, wanted: Table) -> Source:
    """Open a CSV file with a header, in UTF-8; an empty field is a missing value."""
    refuse_absent(path)
    try:
        scan = pl.scan_csv(path, glob=False, infer_schema=False)
        refuse_missing_columns(scan.collect_schema(), source=path, table=wanted)
        scan = scan.select(list(wanted.columns))
        refuse_empty(path, empty=scan.head(1).collect().is_empty())
    except pl.exceptions.NoDataError:
        raise InputError(f"{path} has no rows: give a table that has some") from None
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} is no CSV that can be read: {_line(error)}") from None
    return Source(
        str(path),
        _digest([path]),
        None,
        lambda: (convert(chunk, wanted) for chunk in _stream(scan, path)),
    )


def refuse_absent(path: Path) -> None:
    """Raise InputError when there is nothing at `path`."""
    if not path.exists():
        raise InputError(f"{path} does not exist: give a file, a folder of *.parquet, or a URL")


def refuse_empty(name: Path | str, *, empty: bool) -> None:
    """Raise InputError when the source called `name` is `empty`."""
    if empty:
        raise InputError(f"{name} has no rows: give a table that has some")


def _stream(scan: pl.LazyFrame, path: Path) -> Iterator[pl.DataFrame]:
    try:
        yield from scan.collect_batches(chunk_size=CHUNK, lazy=True)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path} cannot be read to its end: {_line(error)}") from None


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _digest(files: list[Path]) -> str:
    """Return the SHA-256 of a file, or of those of several files together."""
    digests = [sha256(file) for file in files]
    return digests[0] if len(digests) == 1 else sha256_of("".join(digests).encode()).hexdigest()
