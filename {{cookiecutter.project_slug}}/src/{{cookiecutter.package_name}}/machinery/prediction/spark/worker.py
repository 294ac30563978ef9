"""What a Python process of Spark does: it answers the rows of a partition as a batch does."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...spark.threads import one_thread

if TYPE_CHECKING:
    import polars as pl

    from ..arms import Arms

# A process serves many partitions, and loads the models of a run once.
_OPEN: "dict[str, Arms]" = {}


@dataclass(frozen=True)
class Work:
    """What a process needs to answer: the project's code by its name, the models as bytes."""

    run_id: str
    package: str
    models: Any  # a broadcast of `pack`
    database: Any  # a broadcast: a Snapshot to read, and Records to write to, or None
    found: Any  # an accumulator: what each partition did, and its bad rows as text
    contributions: int
    keep: tuple[str, ...]  # the columns by which the answers are partitioned
    most_bad: float  # rows: a run with more is refused anyway

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield the answers for `batches` of Arrow, and report the bad rows."""
        one_thread()
        from pyspark import TaskContext  # noqa: PLC0415

        snapshot, records = self.database.value
        given = parts_of(snapshot, batches) if snapshot else tables_of(batches)
        partition, seen = TaskContext.get().partitionId(), Seen()
        answered = self.answered(given, seen)
        if records:
            records.write(partition, (frames for *frames, _ in answered))
        else:
            for _, answers, _, kept in answered:
                yield from answers.with_columns(**kept).to_arrow().to_batches()
        # By partition: Spark may run one twice, and both times find the same.
        self.found.add({partition: (seen.progress, seen.bad)})

    def answered(self, given: "Iterator[pl.DataFrame]", seen: "Seen") -> Iterator[tuple[Any, ...]]:
        """Yield good rows, their answers, bad rows and the columns to keep, of each table given."""
        from ...data.border import convert  # noqa: PLC0415
        from ..batch.batch import answer  # noqa: PLC0415

        arms = self.arms()
        for table in given:
            for part, kept in self.groups(table):
                rows, unfit = convert(part, arms.project.row)
                good, answers, bad = answer(rows, unfit, arms, contributions=self.contributions)
                seen.add(answers, bad)
                yield good, answers, bad, kept
            if seen.progress.quarantined > self.most_bad:
                break

    def groups(self, given: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield the rows for each value of the columns to keep, and these values."""
        import polars as pl  # noqa: PLC0415

        if not self.keep:
            yield given, {}
            return
        for values, rows in given.partition_by(self.keep, as_dict=True).items():
            kinds = [rows.schema[name] for name in self.keep]
            pairs = zip(self.keep, values, kinds, strict=True)
            yield rows, {name: pl.lit(value, kind) for name, value, kind in pairs}

    def arms(self) -> "Arms":
        """Return the project's arms with the models that the driver has loaded."""
        from ..arms import Arms  # noqa: PLC0415

        if self.run_id not in _OPEN:
            project = import_module(f"{self.package}.project").PROJECT
            champion, challenger, rollout, paused = self.models.value
            _OPEN.clear()
            _OPEN[self.run_id] = Arms(
                project, unpack(*champion), challenger and unpack(*challenger), rollout, paused
            )
        return _OPEN[self.run_id]


def pack(arms: "Arms") -> tuple[Any, ...]:
    """Return what `Work.arms` needs: models as the bytes of their own format, and the rollout."""
    champion, challenger = (
        model and (model.model.to_bytes(), model.manifest, model.name)
        for model in (arms.champion, arms.challenger)
    )
    return champion, challenger, arms.rollout, arms.paused


def unpack(content: bytes, manifest: Any, name: str) -> Any:
    """Return the model that `pack` has packed."""
    from ...model.artifact import Artifact  # noqa: PLC0415
    from ...model.model import from_bytes  # noqa: PLC0415

    return Artifact(from_bytes(manifest.model, content, name), manifest, name)


class Seen:
    """What a partition has done so far."""

    def __init__(self) -> None:
        """Begin without any row."""
        from ..batch.run import Progress  # noqa: PLC0415

        self.progress: Progress = Progress()
        self.bad: list[str] = []  # as text, because the texts of a frame keep those of its batch

    def add(self, answers: "pl.DataFrame", bad: "pl.DataFrame") -> None:
        """Count one more table."""
        from ..batch.quarantine import as_text  # noqa: PLC0415

        self.progress = self.progress.plus(answers, bad)
        if not bad.is_empty():
            self.bad.append(as_text(bad))


def tables_of(batches: Iterator[Any]) -> "Iterator[pl.DataFrame]":
    """Yield batches of Arrow as tables."""
    import polars as pl  # noqa: PLC0415

    for batch in batches:
        yield pl.DataFrame(batch)


def parts_of(snapshot: Any, batches: Iterator[Any]) -> "Iterator[pl.DataFrame]":
    """Yield the rows of the parts of a database whose numbers Spark gives."""
    for numbers in tables_of(batches):
        for part in numbers["id"]:
            yield from snapshot.chunks(part)
