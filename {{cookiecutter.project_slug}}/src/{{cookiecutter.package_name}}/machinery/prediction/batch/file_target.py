"""Answers into a file, which appears when it is complete."""

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ...errors import InputError
from ...files import atomic_write, write_table, write_text
from ..log.record import as_json
from .quarantine import as_text, from_texts
from .run import Progress, Run, locked
from .target import Places

KINDS = (".parquet", ".pq", ".csv")


@dataclass(frozen=True)
class FileTarget:
    """A Parquet or CSV file, and the other files of its run.

    Chunks wait as Parquet in a temporary folder, because Polars cannot append to a file.
    """

    path: Path
    places: Places

    @property
    def name(self) -> str:
        """Return its name for a user."""
        return str(self.path)

    @property
    def as_csv(self) -> bool:
        """Return whether the file is CSV."""
        return self.path.suffix.lower() == ".csv"

    def locked(self, run: Run) -> AbstractContextManager[None]:  # noqa: ARG002  one file, one run
        """Lock the file for one run, wherever its reports go."""
        return locked(self.path.with_name(f"{self.path.name}.lock"))

    @property
    def parts(self) -> Path:
        """Return the temporary folder next to the file."""
        return self.path.with_name(f"{self.path.name}.parts")

    def begin(self, run: Run) -> Progress:
        """Return the progress of a complete run, or none; raise InputError for another run's file.

        The files of a run that did not finish are removed.
        """
        if self.path.exists():
            return self._complete(run)
        self.places.report.unlink(missing_ok=True)
        self.close()
        return Progress()

    def _complete(self, run: Run) -> Progress:
        try:
            report = json.loads(self.places.report.read_text(encoding="utf-8"))
            if report["run_id"] == run.id and report["progress"]["complete"]:
                run.refuse_other(report["plan"])
                return Progress.model_validate(report["progress"])
            owner = f"holds run {report['run_id']}"
        except (OSError, ValueError, KeyError):
            owner = "is there already"
        raise InputError(f"{self.path} {owner} and would be overwritten: name another file")

    def write(
        self,
        run: Run,  # noqa: ARG002  only a database keeps the run,
        before: Progress,
        after: Progress,  # noqa: ARG002  its progress
        rows: pl.DataFrame,  # noqa: ARG002  and its inputs
        answers: pl.DataFrame,
        bad: pl.DataFrame,
    ) -> None:
        """Write the answers and the bad rows of one chunk."""
        table = as_json(answers) if self.as_csv else answers
        write_table(table, self.parts / f"{before.chunks:08}.parquet")
        if not bad.is_empty():
            write_text(as_text(bad), self.parts / f"{before.chunks:08}.bad.csv")

    def quarantined(self, run: Run) -> pl.DataFrame:  # noqa: ARG002  one file, one run
        """Return the rows of the run that broke a rule."""
        files = sorted(self.parts.glob("*.bad.csv"))
        return from_texts(file.read_text(encoding="utf-8") for file in files)

    def finish(self, run: Run, progress: Progress) -> None:  # noqa: ARG002  the report has both
        """Join the parts to the file."""
        parts = pl.scan_parquet(sorted(self.parts.glob("*.parquet")), glob=False)
        if self.as_csv:
            with atomic_write(self.path) as part:
                parts.sink_csv(part)
        else:
            write_table(parts, self.path)

    def close(self) -> None:
        """Remove the parts, and a quarantine that no report mentions."""
        if self.parts.is_dir():
            shutil.rmtree(self.parts)
        if not self.places.report.exists():
            self.places.quarantine.unlink(missing_ok=True)
