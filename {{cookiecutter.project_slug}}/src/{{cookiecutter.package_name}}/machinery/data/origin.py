"""Brings a table from where it comes from: a file, a folder, a URL or a database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from ..errors import InputError
from ..files import write_table
from .address import expand, hide
from .dvc import dvc
from .parquet_files import as_parquet
from .reading import Reading
from .watch import run

ADVICE = "check the address, the network and your credentials"


@contextmanager
def temporary() -> Iterator[Path]:
    """Yield a folder on the disk of the tables, in which Git and DVC look for nothing."""
    parent = Path(".dvc/tmp")
    parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def bring(origin: str, folder: Path, reading: Reading) -> tuple[Path, Reading]:
    """Write the table at `origin` into `folder` as Parquet; return it and how it was read."""
    table = folder / "table.parquet"
    if Path(origin).expanduser().exists():
        return table, as_parquet(Path(origin).expanduser(), table, reading)
    url = expand(origin)
    try:
        if reading.query:
            from .sql_query import read_query  # noqa: PLC0415  SQLAlchemy takes its time

            write_table(read_query(url, reading.query), table)
        else:
            file = folder / "download" / (Path(urlsplit(url).path).name or "table")
            fetch(url, file)
            reading = as_parquet(file, table, reading)
    except InputError as error:
        raise InputError(hide(str(error), origin)) from None
    return table, Reading(url=origin).over(reading)


def fetch(url: str, file: Path) -> None:
    """Write what is at `url` to `file`, in a new folder; raise InputError when nothing comes."""
    file.parent.mkdir()
    if url.startswith(("http://", "https://")):
        command = [sys.executable, str(Path(__file__).with_name("download.py")), str(file)]
        done = run(command, given=url, filling=file.parent)
        if done.returncode:
            reason = (done.stderr.splitlines() or ["the download failed"])[-1]
            raise InputError(f"{url}: {reason}; {ADVICE}")
    else:
        dvc("get-url", url, file, advice=ADVICE, filling=file.parent)
