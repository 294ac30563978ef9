"""A folder of answers on any file system that Hadoop knows: a run appears in it as a whole."""

import json
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from ...errors import InputError
from ..batch.run import Progress, Run

REPORT = "_report.json"  # Spark reads no file whose name begins like this


@dataclass(frozen=True)
class Folder:
    """The folder `run_id=…` of a run in `path`, and one of an attempt, which becomes it.

    Every attempt has a folder of its own: two at once cannot mix their answers, and what one that
    was killed leaves behind is removed by the first that succeeds.
    """

    spark: Any
    path: str
    run: Run
    attempt: str = field(default_factory=lambda: token_hex(4))

    @property
    def name(self) -> str:
        """Return the place of the answers, for a user and for Spark."""
        return f"{self.path}/run_id={self.run.id}"

    @property
    def part(self) -> str:
        """Return the place in which the answers wait; nobody reads a folder that begins with _."""
        return f"{self.path}/_attempts/{self.run.id}/{self.attempt}"

    def begin(self) -> Progress:
        """Return the progress of a complete run, or none; raise InputError for another's folder."""
        files, place = self._hadoop(f"{self.name}/{REPORT}")
        if not files.exists(place):
            return Progress()
        stream = files.open(place)
        report = json.loads(self.spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        stream.close()
        self.run.refuse_other(report["plan"])
        self.close()
        return Progress.model_validate(report["progress"])

    def finish(self, report: dict[str, Any]) -> None:
        """Publish what waits, together with its report; keep what another attempt published."""
        files, report_place = self._hadoop(f"{self.part}/{REPORT}")
        stream = files.create(report_place)
        stream.write(bytearray(json.dumps(report, indent=2).encode()))
        stream.close()
        _, part = self._hadoop(self.part)
        _, place = self._hadoop(self.name)
        if not (files.exists(place) or files.rename(part, place)):
            raise InputError(f"{self.part} cannot be renamed to {self.name}: check the rights")
        self.close()

    def close(self) -> None:
        """Remove what attempts left, of this run if it is published, else only of this attempt."""
        files, place = self._hadoop(self.name)
        left = f"{self.path}/_attempts/{self.run.id}" if files.exists(place) else self.part
        files.delete(self._hadoop(left)[1], True)

    def _hadoop(self, path: str) -> tuple[Any, Any]:
        place = self.spark._jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(self.spark._jsc.hadoopConfiguration()), place
