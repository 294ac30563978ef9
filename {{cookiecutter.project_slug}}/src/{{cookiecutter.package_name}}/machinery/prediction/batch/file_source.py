"""Rows of files: Parquet, a folder of Parquet, or CSV."""

from collections.abc import Iterator
from csv import reader
from hashlib import sha256 as sha256_of
from pathlib import Path

import polars as pl

from ...data.border import convert, refuse_missing_columns, refuse_wrong_columns
from ...data.csv_format import header
from ...data.table import Table
from ...errors import InputError
from ...files import sha256
from . import source
from .shard import Shard
from .source import Source, refuse_empty

SEPARATOR = {".csv": ",", ".tsv": "\t"}
LONGEST = 2**20  # bytes of a record of a CSV file with an end of line in a quoted text


def file_source(path: Path, wanted: Table, shard: Shard | None = None) -> Source:
    """Open a file, or a folder of Parquet files, or one `shard` of Parquet files.

    Raises InputError when it does not exist, has no rows or lacks a column of `wanted`.
    """
    kind = path.suffix.lower()
    if kind == ".gz":
        raise InputError(f"{path} is compressed: unpack it with gunzip")
    if kind not in SEPARATOR:
        return parquet(path, wanted, shard)
    if shard:
        raise InputError(f"{path} is CSV, whose rows nobody has counted: --shard needs Parquet")
    return csv(path, wanted, SEPARATOR[kind])


def parquet(path: Path, wanted: Table, shard: Shard | None = None) -> Source:
    """Open a Parquet file, or all Parquet files of a folder in the order of their names."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} holds no *.parquet: give a folder that has some, or a file")
    refuse_absent(path)
    if folders := [file for file in files if file.is_dir()]:
        raise InputError(f"{folders[0]} is a folder: give a file, or a folder of files")
    try:
        scans = [pl.scan_parquet(file, glob=False) for file in files]
        for scan, file in zip(scans, files, strict=True):
            refuse_wrong_columns(scan, source=file, table=wanted)
        scans = [scan.select(list(wanted.columns)) for scan in scans]
        if all(scan.collect_schema() == scans[0].collect_schema() for scan in scans):
            scans = [pl.concat(scans)]  # so that small files share a chunk
        lengths = [scan.select(pl.len()).collect().item() for scan in scans]
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} cannot be read as Parquet: {_line(error)}: copy it again, or name CSV .csv"
        ) from None
    rows = sum(lengths)
    refuse_empty(path, empty=not rows)
    if shard:
        first, rows = shard.place(rows)
        if not rows:
            raise InputError(f"{path} has fewer rows than shards: shard {shard} has none")
        scans = list(_slices(scans, lengths, first, rows))
    return Source(
        str(path),
        digest(files),
        rows,
        lambda: (convert(chunk, wanted) for scan in scans for chunk in _stream(scan, path)),
    )


def csv(path: Path, wanted: Table, separator: str = ",") -> Source:
    """Open a CSV file with a header, in UTF-8; an empty field is a missing value."""
    refuse_absent(path)
    try:
        names = header(path, separator)
        refuse_short(path, separator, fields=len(names))
        scan = pl.scan_csv(
            path, glob=False, infer_schema=False, separator=separator, new_columns=names
        )
        refuse_missing_columns(scan.collect_schema(), source=path, table=wanted)
        # An empty line is not a row.
        scan = scan.select(list(wanted.columns)).filter(~pl.all_horizontal(pl.all().is_null()))
        refuse_empty(path, empty=scan.head(1).collect().is_empty())
    except pl.exceptions.NoDataError:
        raise InputError(f"{path} has no rows: give a table that has some") from None
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} cannot be read as CSV: {_line(error)}: correct it, or save it as Parquet"
        ) from None
    return Source(
        str(path),
        digest([path]),
        None,
        lambda: (convert(chunk, wanted) for chunk in _stream(scan, path)),
    )


def refuse_short(path: Path, separator: str, *, fields: int) -> None:
    """Raise InputError when a line has fewer than `fields` fields, as where a copy was cut.

    Polars would read the missing fields as missing values.
    """
    record = b""  # a quoted text may hold an end of line
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            record += line
            if record.count(b'"') % 2:
                if len(record) > LONGEST:  # the quote has no end, which Polars refuses
                    return
                continue
            found = _fields(record, separator)
            if record.strip() and found < fields:
                raise InputError(
                    f"{path}: line {number} has {found} of {fields} fields: copy the file again,"
                    " or correct the line"
                )
            record = b""


def _fields(record: bytes, separator: str) -> int:
    if b'"' not in record:  # the reader of csv takes ten times as long
        return record.count(separator.encode()) + 1
    return len(next(reader([record.decode(errors="replace")], delimiter=separator)))


def refuse_absent(path: Path) -> None:
    """Raise InputError when there is nothing at `path`."""
    if not path.exists():
        raise InputError(f"{path} does not exist: give a file, a folder of *.parquet, or a URL")


def _slices(
    scans: list[pl.LazyFrame], lengths: list[int], first: int, rows: int
) -> Iterator[pl.LazyFrame]:
    """Yield what each of the scans, with their `lengths`, has of `rows` rows from `first` on."""
    for scan, length in zip(scans, lengths, strict=True):
        if first < length and rows:
            part = min(rows, length - first)
            yield scan.slice(first, part)
            rows -= part
        first = max(0, first - length)


def _stream(scan: pl.LazyFrame, path: Path) -> Iterator[pl.DataFrame]:
    try:
        yield from scan.collect_batches(chunk_size=source.CHUNK, lazy=True)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} cannot be read to its end: {_line(error)}: copy it again"
        ) from None


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def digest(files: list[Path]) -> str:
    """Return the SHA-256 of a file, or of the digests of several files."""
    digests = [sha256(file) for file in files]
    return digests[0] if len(digests) == 1 else sha256_of("".join(digests).encode()).hexdigest()
