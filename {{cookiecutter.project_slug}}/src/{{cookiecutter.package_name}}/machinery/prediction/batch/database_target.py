"""Answers into the table `predictions`: a chunk and its run's progress in one transaction."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from ...database import name, reported
from ...errors import InputError
from ..log.record import records
from ..log.tables import insert, open_tables, predictions, quarantined, runs
from .quarantine import as_text, from_texts
from .run import Progress, Run, locked


@dataclass(frozen=True)
class DatabaseTarget:
    """The tables of the database at `url`."""

    url: URL
    engine: sa.Engine

    @property
    def name(self) -> str:
        """Return its name for a user."""
        return name(self.url)

    @contextmanager
    def locked(self, run: Run) -> Iterator[None]:
        """Keep other processes from writing the same run, wherever they are."""
        if not self.copies:
            with locked(Path(f"{self.url.database}.{run.id}.lock")):
                yield
            return
        number = int.from_bytes(blake2b(run.id.encode(), digest_size=8).digest(), signed=True)
        lock = sa.select(sa.func.pg_try_advisory_lock(number))
        with reported(self.url):
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with reported(self.url):
                mine = connection.scalar(lock)
            if not mine:
                raise InputError(f"{self.name}: another process writes run {run.id}: let it end")
            yield
        finally:
            connection.close()  # which ends the lock

    def begin(self, run: Run) -> Progress:
        """Return the progress of the run so far; raise InputError when it had another plan."""
        with reported(self.url), self.engine.begin() as connection:
            found = connection.execute(sa.select(runs).where(runs.c.run_id == run.id)).one_or_none()
            if found:
                run.refuse_other(json.loads(found.plan))
                return Progress.model_validate_json(found.progress)
            first = Progress()
            connection.execute(
                runs.insert().values(
                    run_id=run.id,
                    plan=json.dumps(run.plan),
                    chunks=first.chunks,
                    progress=first.model_dump_json(),
                    complete=False,
                )
            )
            return first

    def write(
        self,
        run: Run,
        before: Progress,
        after: Progress,
        rows: pl.DataFrame,
        answers: pl.DataFrame,
        bad: pl.DataFrame,
    ) -> None:
        """Write one chunk; raise InputError when another process has written it already."""
        table = records(
            rows,
            answers,
            request_id=run.id,
            first=before.scored,
            time=datetime.now(UTC),
            assign_by=run.plan["rollout"]["assign_by"],
        )
        with reported(self.url), self.engine.begin() as connection:
            self.move(connection, run, before, after)
            copy(connection, table) if self.copies else insert(connection, table.to_dicts())
            if not bad.is_empty():
                values = {"run_id": run.id, "chunk": before.chunks, "rows": as_text(bad)}
                connection.execute(quarantined.insert().values(values))

    def quarantined(self, run: Run) -> pl.DataFrame:
        """Return the rows of the run that broke a rule, whichever process wrote them."""
        here = sa.select(quarantined.c.rows).where(quarantined.c.run_id == run.id)
        with reported(self.url), self.engine.connect() as connection:
            return from_texts(connection.scalars(here.order_by(quarantined.c.chunk)))

    @property
    def copies(self) -> bool:
        """Return whether the database takes rows by COPY."""
        return self.engine.dialect.name == "postgresql"

    def finish(self, run: Run, progress: Progress) -> None:
        """Mark the run as complete."""
        with reported(self.url), self.engine.begin() as connection:
            self.move(connection, run, progress, progress)

    def close(self) -> None:
        """Keep everything: the run can continue."""

    def move(self, connection: sa.Connection, run: Run, before: Progress, after: Progress) -> None:
        """Replace the run's progress if it is still `before`, within the chunk's transaction."""
        here = (runs.c.run_id == run.id) & (runs.c.chunks == before.chunks)
        values = {
            "chunks": after.chunks,
            "progress": after.model_dump_json(),
            "complete": after.complete,
        }
        if connection.execute(runs.update().where(here).values(values)).rowcount != 1:
            raise InputError(f"{self.name}: another process writes run {run.id}: let it end")


def database_target(url: URL) -> DatabaseTarget:
    """Open the database at `url`; its tables are made on first use."""
    return DatabaseTarget(url, open_tables(url))


def copy(connection: sa.Connection, table: pl.DataFrame) -> None:
    """Add the rows of `table` to `predictions` by PostgreSQL's COPY."""
    lines = BytesIO()
    table.write_csv(lines, include_header=False)
    quote = connection.dialect.identifier_preparer.quote
    statement = (
        f"COPY {predictions.name} ({', '.join(map(quote, table.columns))}) FROM STDIN (FORMAT csv)"
    )
    with connection.connection.cursor().copy(statement) as into:
        into.write(lines.getvalue())
