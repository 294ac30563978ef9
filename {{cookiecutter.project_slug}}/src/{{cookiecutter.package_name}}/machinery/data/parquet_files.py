"""Files of rows, as people have them, become one Parquet file."""

import shutil
from pathlib import Path

import polars as pl

from ..errors import InputError, sentence
from ..files import ROWS_PER_GROUP
from .csv_format import header, separator
from .csv_types import typed
from .reading import Reading

SIZE = 4096  # bytes that say what a file is


def as_parquet(path: Path, target: Path, reading: Reading) -> Reading:
    """Write the file at `path`, or all files of that folder, to `target` as Parquet.

    Return `reading` with what was detected. Raises InputError on anything but Parquet or CSV with
    rows, and on files of a folder that differ in kind or columns. One Parquet file stays as it is.
    """
    files = parts(path)
    kinds = {kind(file) for file in files}
    if len(kinds) > 1:
        raise InputError(f"{path.name} holds {' and '.join(sorted(kinds))}: keep files of one kind")
    try:
        if kinds == {"CSV"}:
            table, reading = typed(*texts(files, reading))
        else:
            table = _joined([pl.scan_parquet(file, glob=False) for file in files], files)
        if table.select(pl.len()).collect().item() == 0:
            raise InputError(f"{path.name} has no rows: give a table with rows")
        if kinds == {"Parquet"} and len(files) == 1:
            shutil.copyfile(files[0], target)
        else:
            table.sink_parquet(target, row_group_size=ROWS_PER_GROUP)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path.name} cannot be read as {kinds.pop()}: {sentence(error)}: copy or save it again"
        ) from None
    return reading


def parts(path: Path) -> list[Path]:
    """Return the file, or the files of the folder in the order of their names."""
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.name[0] not in "._")
    if not found or any(each.is_dir() for each in found):
        reason = "holds folders" if found else "is empty"
        raise InputError(f"{path} {reason}: give a folder of Parquet or CSV files")
    return found


def kind(path: Path) -> str:
    """Return Parquet or CSV, by what the file begins with; raise InputError on anything else."""
    with path.open("rb") as file:
        start = file.read(SIZE)
    if start.startswith(b"PAR1"):
        return "Parquet"
    text = start.removeprefix(b"\xef\xbb\xbf").strip().lower()
    if not text:
        raise InputError(f"{path.name} is empty: give a table with rows")
    if text.startswith(b"<"):
        raise InputError(
            f"{path.name} is a web page, such as a login, and not a table: give the URL of the file"
        )
    if b"\0" in start or text.startswith((b"{", b"[", b"pk\3\4", b"\x1f\x8b")):
        raise InputError(f"{path.name} is neither Parquet nor CSV: save it as one of them")
    return "CSV"


def texts(files: list[Path], reading: Reading) -> tuple[pl.LazyFrame, Reading]:
    """Open CSV files with all columns as text; a field without content is a missing value."""
    reading = reading.over(Reading(separator=reading.separator or separator(files[0])))
    scans = [
        pl.scan_csv(
            file,
            glob=False,
            separator=reading.separator,
            infer_schema=False,
            new_columns=header(file, reading.separator),
        )
        for file in files
    ]
    missing = ["", *reading.nulls]
    text = pl.all().replace_strict(missing, None, default=pl.all())
    return _joined(scans, files).with_columns(text), reading


def _joined(scans: list[pl.LazyFrame], files: list[Path]) -> pl.LazyFrame:
    """Return the rows of all `scans`, which have to have the same columns, in any order."""
    names = scans[0].collect_schema().names()
    for scan, file in zip(scans, files, strict=True):
        if other := set(names) ^ set(scan.collect_schema().names()):
            raise InputError(
                f"{files[0].name} and {file.name} do not have the same columns:"
                f" {', '.join(sorted(other))}: give all files the same columns"
            )
    return pl.concat([scan.select(names) for scan in scans], how="vertical_relaxed")
