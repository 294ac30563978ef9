"""Opens the sources and targets that the command line names."""

from pathlib import Path

from ...data.table import Table
from ...database import is_url, parse
from ...errors import InputError
from .database_source import database_source
from .database_target import database_target
from .file_source import file_source
from .file_target import KINDS, FileTarget
from .run import Run
from .shard import Shard
from .source import Source
from .target import Places, Target

REPORTS = Path("runs")  # for a database, which has no folder of its own


def open_source(
    text: str, wanted: Table, *, table: str = "", query: str = "", shard: Shard | None = None
) -> Source:
    """Open the rows that `text` names: a file, a folder of Parquet files, or a database's URL.

    Raises InputError when it does not exist, has no rows or lacks a column of `wanted`.
    """
    if is_url(text):
        if shard:
            raise InputError(
                "--shard is a part of Parquet files: for a part of a database give a range of keys,"
                " --query 'SELECT … WHERE key >= … AND key < …'"
            )
        return database_source(parse(text), wanted, table=table, query=query)
    if table or query:
        raise InputError(f"{text} is a file: --table and --query belong to the URL of a database")
    return file_source(Path(text), wanted, shard)


def open_target(text: str, run: Run, *, reports: Path | None) -> tuple[Target, Places]:
    """Open the file, the folder for one file a run, or the database that `text` names."""
    if is_url(text):
        return database_target(parse(text)), _places(reports or REPORTS, run.id)
    path = Path(text)
    if path.is_dir() or text.endswith("/"):
        path /= f"{run.id}.parquet"
    places = _places(reports or path.parent, path.name)
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path} is neither Parquet nor CSV: name it .parquet or .csv")
    return FileTarget(path, places), places


def _places(folder: Path, stem: str) -> Places:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name another place")
    return Places(folder, stem)
