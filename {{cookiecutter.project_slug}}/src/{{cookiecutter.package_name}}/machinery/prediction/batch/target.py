"""A target of answers, and the files that a run leaves."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from .run import Progress, Run


class Target(Protocol):
    """What batch needs of a target."""

    @property
    def name(self) -> str:
        """Return its name for a user."""

    def locked(self, run: Run) -> AbstractContextManager[None]:
        """Keep other processes from writing the run; raise InputError if another writes it."""

    def begin(self, run: Run) -> Progress:
        """Return the progress of the run so far; raise InputError when another run is there."""

    def write(
        self,
        run: Run,
        before: Progress,
        after: Progress,
        rows: pl.DataFrame,
        answers: pl.DataFrame,
        bad: pl.DataFrame,
    ) -> None:
        """Write the answers for `rows`, the `bad` rows and the progress, all or nothing."""

    def quarantined(self, run: Run) -> pl.DataFrame:
        """Return the rows of the run that broke a rule, from its beginning."""

    def finish(self, run: Run, progress: Progress) -> None:
        """Publish the answers as a whole."""

    def close(self) -> None:
        """Remove what a run that did not finish cannot use again."""


@dataclass(frozen=True)
class Places:
    """The files that a run leaves in a folder: all of their names begin with `stem`."""

    folder: Path
    stem: str

    @property
    def report(self) -> Path:
        """Return the path of the report."""
        return self.folder / f"{self.stem}.report.json"

    @property
    def quarantine(self) -> Path:
        """Return the path of the rows that break a rule."""
        return self.folder / f"{self.stem}.quarantine.csv"

    def quarantine_of(self, table: str) -> Path:
        """Return the path of the rows of a raw table that break a rule."""
        return self.folder / f"{self.stem}.quarantine.{table}.parquet"

    @property
    def lock(self) -> Path:
        """Return the path of the file that is locked while the run is being written."""
        return self.folder / f"{self.stem}.lock"
