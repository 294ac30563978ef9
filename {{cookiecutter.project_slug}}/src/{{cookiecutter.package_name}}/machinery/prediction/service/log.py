"""The log: an answer is in the database, or on this disk on its way there, before it leaves."""

import logging
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from ...errors import InputError
from ..database import name, parse
from ..tables import open_tables
from . import metrics
from .log_table import PATIENCE, accepted, away, forget, insert, patient
from .spool import Rows, Spool

logger = logging.getLogger(__name__)

RETRY = 1  # seconds
CLEAN = 3600  # seconds from one removal of old rows to the next


class NotKeptError(Exception):
    """Neither the database nor the disk took the rows."""


class Log:
    """Writes to the database, to the spool while that is away, and from there as it returns."""

    def __init__(self, url: str, spool: Path, *, keep_days: int | None, needed: bool) -> None:
        """Raise InputError when no answer could be kept, or `url` is wrong for good."""
        self._url = patient(parse(url))
        self._keep_days, self._needed = keep_days, needed
        self.spool = Spool(spool)
        self._writer: sa.Connection | None = None
        self._engine: sa.Engine | None = None
        self._stop = threading.Event()
        metrics.SPOOLED.set_function(self.spool.size)
        try:
            self.spool.check()
        except OSError as error:
            raise InputError(
                f"{spool}: {error.strerror}: give --spool a folder that can be written to, in a"
                " container one of a volume"
            ) from None
        try:
            self._open()
        except InputError as error:
            if not away(error, self._url):
                raise
            self._lose(error)
        self._replay()
        self._thread = threading.Thread(target=self._repeat, name="log", daemon=True)
        self._thread.start()

    def where(self) -> str:
        """Return where answers are recorded at this moment: database, spool or nowhere."""
        if self._engine:
            return "database"
        with suppress(OSError):
            self.spool.check()
            return "spool"
        return "nowhere" if self._needed else "unrecorded"

    def write(self, rows: Rows) -> None:
        """Keep `rows`; raise NotKeptError when that is needed and cannot be done."""
        engine = self._engine
        if engine and self._insert(engine, rows):
            metrics.LOGGED.labels("database").inc(len(rows))
            return
        try:
            self.spool.append(rows)
            metrics.LOGGED.labels("spool").inc(len(rows))
        except OSError as error:
            logger.error("the spool %s cannot be written: %s", self.spool.folder, error.strerror)
            metrics.LOGGED.labels("nowhere").inc(len(rows))
            if self._needed:
                raise NotKeptError from None

    def close(self) -> None:
        """Let go of the database and the spool; call it in the thread that writes."""
        self._stop.set()
        self._disconnect()
        self.spool.close()
        self._thread.join(PATIENCE)

    def _insert(self, engine: sa.Engine, rows: Rows) -> bool:
        try:
            if self._writer is None:
                self._writer = engine.connect()
            insert(self._writer, rows)
        except sa.exc.SQLAlchemyError as error:
            self._lose(error)
            self._disconnect()
            return False
        return True

    def _disconnect(self) -> None:
        if self._writer:
            with suppress(sa.exc.SQLAlchemyError):
                self._writer.close()
        self._writer = None

    def _lose(self, error: Exception) -> None:
        """Send what comes to the spool, until the database answers again."""
        self._engine = None
        metrics.DATABASE_UP.set(0)
        logger.error(
            "%s is away (%s), answers wait in %s",
            name(self._url),
            type(error).__name__,
            self.spool.folder,
        )

    def _open(self) -> None:
        """Connect; raise InputError when the database is away or will never do."""
        self._engine = open_tables(self._url)
        metrics.DATABASE_UP.set(1)
        logger.info("answers are recorded in %s", name(self._url))

    def _repeat(self) -> None:
        cleaned = -float(CLEAN)
        while not self._stop.wait(RETRY):
            with suppress(InputError):  # away still, as was said
                if self._engine is None:
                    self._open()
            self._replay()
            if self._keep_days and time.monotonic() - cleaned > CLEAN:
                cleaned = time.monotonic()
                self._forget(datetime.now(UTC) - timedelta(days=self._keep_days))

    def _replay(self) -> None:
        """Bring to the database what waits on the disk; what it refuses is put aside."""
        try:
            if self._engine and self.spool.size():
                self.spool.close()
                with self._engine.connect() as connection:
                    self.spool.replay(partial(accepted, connection))
        except sa.exc.SQLAlchemyError as error:
            self._lose(error)
        except OSError as error:
            logger.error("the spool %s cannot be replayed: %s", self.spool.folder, error.strerror)

    def _forget(self, before: datetime) -> None:
        try:
            if self._engine:
                forget(self._engine, before)
        except sa.exc.SQLAlchemyError as error:
            logger.error("old answers could not be removed: %s", type(error).__name__)
