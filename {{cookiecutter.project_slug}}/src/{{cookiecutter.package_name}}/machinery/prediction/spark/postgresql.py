"""PostgreSQL and the workers of Spark: each reads a part of one snapshot, or writes its answers."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...data.table import KEY, Table
from ...database import name, open_engine, parse, quoter, reported
from ...errors import InputError
from ..batch.database_source import copied, execute, open_relation, settle
from ..batch.database_target import DatabaseTarget, copy
from ..batch.quarantine import as_text
from ..batch.run import Progress, Run
from ..log.record import records
from ..log.tables import predictions, quarantined, runs

Answered = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]  # good rows, their answers, bad rows
ROWS = 2**32  # of a partition: each numbers its answers from a place of its own


def refuse_others(url: URL) -> None:
    """Raise InputError unless `url` is one of PostgreSQL, which takes many workers at once."""
    if url.get_backend_name() != "postgresql":
        raise InputError(
            f"{name(url)}: --engine spark knows PostgreSQL and folders of Parquet: give one of them"
        )


@dataclass(frozen=True)
class Snapshot:
    """A table of PostgreSQL, or the result of a query, as it was at one moment, in parts."""

    url: str
    relation: str
    columns: tuple[str, ...]
    id: str
    parts: int

    def chunks(self, part: int) -> Iterator[pl.DataFrame]:
        """Yield the rows of a part as texts; it is a hash of the key, so any table has parts."""
        url = parse(self.url)
        engine = open_engine(url).execution_options(**ONE_MOMENT)
        quote = quoter(engine)
        place = f"(hashtext(coalesce(CAST({quote(KEY)} AS text), '')) & 2147483647)"
        statement = (
            f"SELECT {', '.join(map(quote, self.columns))} FROM {self.relation}"  # noqa: S608
            f" WHERE {place} % {self.parts} = {part}"
        )
        with reported(url), engine.connect() as connection:
            execute(connection, f"SET TRANSACTION SNAPSHOT '{self.id}'")
            settle(connection)
            yield from copied(connection, statement, list(self.columns))


ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


@contextmanager
def snapshot(
    text: str, wanted: Table, parts: int, *, table: str, query: str
) -> Iterator[tuple[Snapshot, int]]:
    """Open a table or the result of a query for workers, with the number of its rows.

    It stays the same for all of them until the end, whoever writes to it meanwhile.
    """
    url = parse(text)
    engine, relation = open_relation(url, wanted, table=table, query=query)
    with reported(url), engine.execution_options(**ONE_MOMENT).connect() as connection:
        settle(connection)
        rows = execute(connection, f"SELECT count(*) FROM {relation}").fetchone()[0]  # noqa: S608
        found = execute(connection, "SELECT pg_export_snapshot()").fetchone()[0]
        yield Snapshot(text, relation, tuple(wanted.columns), found, parts), rows


@dataclass(frozen=True)
class Records:
    """Where the workers of one attempt at a run write their answers."""

    url: str
    run: Run
    attempt: int

    def write(self, partition: int, answered: Iterable[Answered]) -> None:
        """Write the answers and the bad rows of a partition, all or none, and in place of its own.

        Raises InputError when another attempt has begun since.
        """
        url = parse(self.url)
        first, bad_rows = partition * ROWS, []
        with reported(url), open_engine(url).begin() as connection:
            self._take(connection, partition)
            for rows, answers, bad in answered:
                table = records(
                    rows,
                    answers,
                    request_id=self.run.id,
                    first=first,
                    time=datetime.now(UTC),
                    assign_by=self.run.plan["rollout"]["assign_by"],
                )
                copy(connection, table)
                first += table.height
                bad_rows += [bad] if not bad.is_empty() else []
            if bad_rows:
                values = {"run_id": self.run.id, "chunk": partition}
                text = as_text(pl.concat(bad_rows))
                connection.execute(quarantined.insert().values(rows=text, **values))

    def _take(self, connection: sa.Connection, partition: int) -> None:
        """Wait for a twin of this task, hold off another attempt, remove what the twin wrote."""
        key = f"{self.run.id} {partition}"
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))
        own = runs.c.run_id == self.run.id, runs.c.chunks == self.attempt
        mine = sa.select(runs.c.run_id).where(*own, ~runs.c.complete)
        if connection.execute(mine.with_for_update(read=True)).first() is None:
            raise InputError(f"run {self.run.id} was begun again by another process")
        numbers = predictions.c.index.between(partition * ROWS, (partition + 1) * ROWS - 1)
        connection.execute(predictions.delete().where(_of(predictions, self.run), numbers))
        chunk = quarantined.c.chunk == partition
        connection.execute(quarantined.delete().where(_of(quarantined, self.run), chunk))


def _of(table: sa.Table, run: Run) -> Any:
    return (table.c.request_id if table is predictions else table.c.run_id) == run.id


class Database:
    """The table `predictions` as the target of a run; it counts its attempts as `chunks`."""

    def __init__(self, target: DatabaseTarget, text: str, run: Run) -> None:
        """Name the run in the tables of `target`, whose URL is `text`."""
        self.target, self.text, self.run = target, text, run
        self.name, self.attempt = target.name, 0

    @property
    def records(self) -> Records:
        """Return where the workers write."""
        return Records(self.text, self.run, self.attempt)

    def begin(self) -> Progress:
        """Return the progress of a complete run, or none; remove what an attempt has left."""
        own = runs.c.run_id == self.run.id
        with reported(self.target.url), self.target.engine.begin() as connection:
            found = connection.execute(sa.select(runs).where(own).with_for_update()).one_or_none()
            if found is None:
                first = {"plan": json.dumps(self.run.plan), "chunks": 0, "complete": False}
                first |= {"run_id": self.run.id, "progress": Progress().model_dump_json()}
                connection.execute(runs.insert().values(first))
            else:
                self.run.refuse_other(json.loads(found.plan))
                if found.complete:
                    return Progress.model_validate_json(found.progress)
            for table in (predictions, quarantined):
                connection.execute(table.delete().where(_of(table, self.run)))
            self.attempt = 1 + (found.chunks if found else 0)
            connection.execute(runs.update().where(own).values(chunks=self.attempt))
        return Progress()

    def take(self, answers: Any, partition_by: tuple[str, ...]) -> None:  # noqa: ARG002
        """Let the workers write: there is nothing else to do with what they return."""
        answers.write.format("noop").mode("overwrite").save()

    def written(self) -> int:
        """Return how many answers of the run are there."""
        count = sa.select(sa.func.count()).where(_of(predictions, self.run))
        with reported(self.target.url), self.target.engine.connect() as connection:
            return int(connection.scalar(count) or 0)

    def finish(self, report: dict[str, Any]) -> None:
        """Mark the run as complete."""
        progress = Progress.model_validate(report["progress"])
        with reported(self.target.url), self.target.engine.begin() as connection:
            before = progress.model_copy(update={"chunks": self.attempt})
            self.target.move(connection, self.run, before, progress)

    def close(self) -> None:
        """Keep what is there: the next attempt removes it."""
