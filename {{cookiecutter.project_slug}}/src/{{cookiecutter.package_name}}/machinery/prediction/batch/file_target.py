"""Answers into a file: its parts wait in the run's workspace until all are there."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ...errors import InputError
from ...files import atomic_write, write_json, write_table
from ..log.record import as_json
from .run import Progress, Run


@dataclass(frozen=True)
class FileTarget:
    """A Parquet or CSV file, the parts of which lie in `folder`, and the report of whose run."""

    path: Path
    folder: Path
    report: Path

    @property
    def name(self) -> str:
        """Return what a user calls it."""
        return str(self.path)

    @property
    def as_csv(self) -> bool:
        """Return whether the file is CSV; any other name is Parquet's."""
        return self.path.suffix.lower() == ".csv"

    def begin(self, run: Run) -> Progress:
        """Return how far the run has come; raise InputError when the file is of another run."""
        if self.path.exists():
            return self._complete(run)
        state = self.folder / "run.json"
        if not state.exists():
            return self._keep(run, Progress())
        found = json.loads(state.read_text(encoding="utf-8"))
        run.refuse_other(found["plan"])
        return Progress.model_validate(found["progress"])

    def _complete(self, run: Run) -> Progress:
        try:
            report = json.loads(self.report.read_text(encoding="utf-8"))
            if report["run_id"] == run.id and report["progress"]["complete"]:
                run.refuse_other(report["plan"])
                return Progress.model_validate(report["progress"])
            owner = f"holds run {report['run_id']}"
        except (OSError, ValueError, KeyError):
            owner = "is there already"
        raise InputError(f"{self.path} {owner} and would be overwritten: name another file")

    def _keep(self, run: Run, progress: Progress) -> Progress:
        state = {"plan": run.plan, "progress": progress.model_dump()}
        write_json(state, self.folder / "run.json")
        return progress

    def write(
        self,
        run: Run,
        before: Progress,
        after: Progress,
        rows: pl.DataFrame,  # noqa: ARG002  a database keeps them beside the answers
        answers: pl.DataFrame,
    ) -> None:
        """Write one chunk; it counts from the moment at which its progress is kept."""
        table = as_json(answers) if self.as_csv else answers
        write_table(table, self.folder / f"{before.chunks:08}.parquet")
        self._keep(run, after)

    def finish(self, run: Run, progress: Progress) -> None:  # noqa: ARG002  the report says both
        """Join the parts to the file."""
        parts = pl.scan_parquet(sorted(self.folder.glob("*.parquet")))
        if self.as_csv:
            with atomic_write(self.path) as part:
                parts.sink_csv(part)
        else:
            write_table(parts, self.path)
