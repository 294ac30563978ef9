"""Where answers go, and where the report and the bad rows of their run go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from ...errors import InputError
from ..database import is_url, parse
from .file_target import FileTarget
from .run import Progress, Run

REPORTS = Path("runs")  # beside a database is nowhere


class Target(Protocol):
    """What batch needs of a target."""

    @property
    def name(self) -> str:
        """Return what a user calls it."""

    def begin(self, run: Run) -> Progress:
        """Return how far the run has come; raise InputError when it is another one."""

    def write(
        self, run: Run, before: Progress, after: Progress, rows: pl.DataFrame, answers: pl.DataFrame
    ) -> None:
        """Write the answers for `rows` and what progress they are, both or neither."""

    def finish(self, run: Run, progress: Progress) -> None:
        """Show the answers as a whole."""


@dataclass(frozen=True)
class Places:
    """Where a run keeps its parts, and leaves its report and the rows that it refused."""

    workspace: Path
    report: Path
    quarantine: Path


def open_target(text: str, run: Run, *, reports: Path | None) -> tuple[Target, Places]:
    """Open the file, the folder for one file a run, or the database that `text` names."""
    if is_url(text):
        from .database_target import database_target  # noqa: PLC0415  files need no database

        return database_target(parse(text)), _places(reports or REPORTS, run.id, run)
    path = Path(text)
    if path.is_dir() or text.endswith("/"):
        path /= f"{run.id}.parquet"
    places = _places(reports or path.parent, path.name, run)
    return FileTarget(path, places.workspace, places.report), places


def _places(folder: Path, stem: str, run: Run) -> Places:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is no folder: name another place")
    return Places(
        workspace=folder / f"{stem}.{run.id}.unfinished",
        report=folder / f"{stem}.report.json",
        quarantine=folder / f"{stem}.quarantine.csv",
    )
