"""The prediction log: every answer is in the database or the spool before it is sent."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import Counter, Gauge

from ...database import PATIENCE, PatientConnection, away, name, parse
from ...errors import InputError
from .replay import replay
from .retention import remove_old
from .spool import Spool
from .tables import Rows, insert, open_tables, schema_version

logger = logging.getLogger(__name__)

RETRY = 1  # seconds
CHECK = 5  # seconds without an answer until the database is asked whether it is there
CLEAN = 3600  # seconds from one removal of old rows to the next

LOGGED = Counter("model_service_logged_rows", "Answers by where they went first.", ["where"])
SPOOLED = Gauge("model_service_spool_size_bytes", "What waits in the spool for the database.")
DATABASE_UP = Gauge("model_service_database_up", "1 while answers go to the database.")
for place in ("database", "spool", "nowhere"):
    LOGGED.labels(place)  # zero from the start, so that an alert can see the first increase


class NotRecordedError(Exception):
    """Neither the database nor the spool took the rows."""


class PredictionLog:
    """Writes to the database, or to the spool while that is away, and replays the spool later."""

    def __init__(
        self,
        url: str,
        spool: Path,
        *,
        keep_days: int | None,
        required: bool,
        follow: Callable[[sa.Engine], None] = lambda _: None,
    ) -> None:
        """Raise InputError when the spool is not writable or `url` can never work.

        `follow` is called at once and then each second while the database is there.
        """
        self._url = parse(url)
        self._keep_days, self._required, self._follow = keep_days, required, follow
        self.spool = Spool(spool)
        self._engine: sa.Engine | None = None
        self._writer: sa.Connection | None = None
        self._used = self._cleaned = -float(
            CLEAN
        )  # when the database last answered, and was cleaned
        self._stop = threading.Event()
        SPOOLED.set_function(self.spool.size)
        try:
            self.spool.check()
        except BlockingIOError:
            raise InputError(
                f"{spool}: another process keeps its answers there: give each its own --spool"
            ) from None
        except OSError as error:
            advice = "give --spool a writable folder, in a container one of a volume"
            raise InputError(f"{spool}: {error.strerror}: {advice}") from None
        try:
            self._open()
        except InputError as error:
            if not away(error):
                self.spool.close()
                raise
            self._lose(error)
        if self._engine:
            follow(self._engine)
        self._thread = threading.Thread(target=self._repeat, name="log", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> sa.Engine | None:
        """Return the engine of the database, or None while that is away."""
        return self._engine

    def where(self) -> str:
        """Return where answers are recorded now: database, spool, nowhere or unrecorded."""
        if self._engine:
            return "database"
        with suppress(OSError):
            self.spool.check()
            return "spool"
        return "nowhere" if self._required else "unrecorded"

    def write(self, rows: Rows) -> None:
        """Record `rows`; raise NotRecordedError when that is required and fails."""
        engine = self._engine
        if engine and self._insert(engine, rows):
            LOGGED.labels("database").inc(len(rows))
            return
        try:
            self.spool.append(rows)
            LOGGED.labels("spool").inc(len(rows))
        except OSError as error:
            logger.error("the spool %s cannot be written: %s", self.spool.folder, error.strerror)
            LOGGED.labels("nowhere").inc(len(rows))
            if self._required:
                raise NotRecordedError from None

    def close(self) -> None:
        """Close the database and the spool; call it in the thread that writes."""
        self._stop.set()
        self._disconnect()
        self.spool.close()
        self._thread.join(PATIENCE)

    def _insert(self, engine: sa.Engine, rows: Rows) -> bool:
        try:
            self._refuse_removed_file()
            if self._writer is None or self._writer.engine is not engine:
                self._disconnect()
                self._writer = engine.connect()
            with self._writer.begin():
                insert(self._writer, rows)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            self._lose(error)
            self._disconnect()
            return False
        self._used = time.monotonic()
        return True

    def _refuse_removed_file(self) -> None:
        """Raise OSError when SQLite's file is gone: it would go on writing to no file."""
        if self._url.get_backend_name() == "sqlite":
            Path(self._url.database or "").stat()

    def _disconnect(self) -> None:
        if self._writer:
            with suppress(sa.exc.SQLAlchemyError):
                self._writer.close()
        self._writer = None

    def _lose(self, error: Exception) -> None:
        """Write to the spool until the database answers again."""
        self._engine = None
        DATABASE_UP.set(0)
        names = name(self._url), type(error).__name__, self.spool.folder
        logger.error("%s is away (%s), answers wait in %s", *names)

    def _open(self) -> None:
        """Connect; raise InputError when the database is away or `url` can never work."""
        self._engine = open_tables(self._url, patience=PatientConnection)
        DATABASE_UP.set(1)
        logger.info("answers are recorded in %s", name(self._url))

    def _repeat(self) -> None:
        while True:
            try:
                self._tend()
            except Exception:  # nothing may end this thread
                logger.exception("the log could not be tended, and is again in a second")
            if self._stop.wait(RETRY):
                return

    def _tend(self) -> None:
        """Look for the database, replay the spool and remove old answers."""
        try:
            if self._engine is None:
                with suppress(InputError):  # still away, which was logged before
                    self._open()
            elif time.monotonic() - self._used > CHECK:
                self._check(self._engine)
            if self._engine:
                replay(self.spool, self._engine)
                self._follow(self._engine)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            self._lose(error)
        if self._engine and self._keep_days and time.monotonic() - self._cleaned > CLEAN:
            self._cleaned = time.monotonic()
            remove_old(self._url, self._keep_days, self._stop)

    def _check(self, engine: sa.Engine) -> None:
        self._refuse_removed_file()
        with engine.connect() as connection:
            connection.execute(sa.select(schema_version.c.version))
        self._used = time.monotonic()
