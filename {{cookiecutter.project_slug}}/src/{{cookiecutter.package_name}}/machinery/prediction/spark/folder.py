"""A folder of answers on any file system that Hadoop knows: a run appears in it as a whole."""

import json
from typing import Any

from ...errors import InputError
from ...spark.attempt import Attempt
from ..batch.run import Progress, Run

REPORT = "_report.json"  # Spark reads no file whose name begins like this
# Where a rename is a copy, as on S3, it can be cut off.
PARTIAL = (
    "another process is publishing it, or was killed while it did: let it end, or remove the folder"
)


class Folder:
    """The folder `run_id=…` of a run in `path`; its attempts wait where nobody reads, below `_`."""

    def __init__(self, spark: Any, path: str, run: Run) -> None:
        """Name the places of the run."""
        self.run = run
        self.name = f"{path}/run_id={run.id}"  # for a user and for Spark
        self.attempt = Attempt(spark, self.name, f"{path}/_attempts/{run.id}")

    @property
    def records(self) -> None:
        """Return None: Spark writes the answers, because it knows the file systems of clusters."""

    def begin(self) -> Progress:
        """Return the progress of a complete run, or none if the folder is not there.

        Raises InputError for the folder of another run, and for one that lacks answers.
        """
        text = self.attempt.read(REPORT)
        if text is None:
            if self.attempt.published:
                raise InputError(f"{self.name} has no {REPORT}: {PARTIAL}")
            return Progress()
        report = json.loads(text)
        self.run.refuse_other(report["plan"])
        progress = Progress.model_validate(report["progress"])
        if progress.scored and (there := self._count(self.name)) != progress.scored:
            raise InputError(f"{self.name} has {there} of {progress.scored} answers: {PARTIAL}")
        self.close()
        return progress

    def take(self, answers: Any, partition_by: tuple[str, ...]) -> None:
        """Write the answers where nobody reads them yet."""
        answers.write.partitionBy(*partition_by).parquet(self.attempt.part)

    def written(self) -> int:
        """Return how many answers wait; there has to be one."""
        return self._count(self.attempt.part)

    def finish(self, report: dict[str, Any]) -> None:
        """Publish what waits, together with its report."""
        self.attempt.write(REPORT, json.dumps(report, indent=2))
        self.attempt.publish()
        self.begin()  # of two attempts at once, the other may have published another plan

    def close(self) -> None:
        """Remove what attempts left, of this run if it is published, else only of this attempt."""
        self.attempt.close()

    def _count(self, path: str) -> int:
        return int(self.attempt.spark.read.parquet(path).count())
