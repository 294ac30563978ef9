"""The stage `features` on Spark: the project's own features() computes them batch by batch."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...spark.threads import one_thread

if TYPE_CHECKING:
    import polars as pl

    from ...project import Project

SAMPLE = 1000  # rows whose features are also computed one row at a time


@dataclass(frozen=True)
class Compute:
    """What a process needs to compute features: the project's code by its name."""

    package: str

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the features of batches of Arrow."""
        one_thread()
        import polars as pl  # noqa: PLC0415

        project = import_module(f"{self.package}.project").PROJECT
        for batch in batches:
            yield from carried(project, pl.DataFrame(batch)).to_arrow().to_batches()


def carried(project: "Project", rows: "pl.DataFrame") -> "pl.DataFrame":
    """Return the features of `rows`, next to their key, their time and, if known, their target."""
    from ..features import features  # noqa: PLC0415
    from ..table import TARGET  # noqa: PLC0415

    kept = [name for name in (*project.row.order[::-1], TARGET) if name in rows.columns]
    return rows.select(kept).hstack(features(project, rows))


def main(project: "Project", rows: str, target: str, *, master: str) -> int:
    """Write the features of the table at `rows` to the folder `target`, and return their number.

    Raises InputError for a column that is missing, and for a feature that is not computed from one
    row at a time.
    """
    from ...spark.attempt import Attempt  # noqa: PLC0415
    from ...spark.frames import collected, kinds  # noqa: PLC0415
    from ...spark.session import session  # noqa: PLC0415
    from ..border import refuse_missing_columns  # noqa: PLC0415
    from ..features import features  # noqa: PLC0415
    from ..row_by_row import check  # noqa: PLC0415

    with (
        session(f"{project.package} features", master) as spark,
        closing(Attempt.new(spark, target)) as attempt,
    ):
        frame = spark.read.parquet(rows)
        refuse_missing_columns(frame.columns, source=rows, table=project.row)
        sample = collected(frame.limit(SAMPLE))
        check(project, sample, features(project, sample), features)
        made = frame.mapInArrow(Compute(str(project.package)), kinds(carried(project, sample)))
        made.write.parquet(attempt.part)
        attempt.publish()
        return int(spark.read.parquet(target).count())
