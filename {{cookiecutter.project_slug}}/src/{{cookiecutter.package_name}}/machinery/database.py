"""Databases by their URL; their errors in one sentence, which never shows the password."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from .errors import InputError

# Seconds that the service waits for a server that does not answer.
PATIENCE = 2

POSTGRESQL = ("postgres", "postgresql")  # as people write the scheme of its URL
KNOWN = "give postgresql://user@host/database, sqlite:///file.sqlite, or a file"


def is_url(text: str) -> bool:
    """Return whether `text` is a URL, not a path."""
    return "://" in text


def is_database(text: str) -> bool:
    """Return whether `text` is the URL of a database, not of files, as hdfs://host/rows is."""
    scheme = text.partition("://")[0]
    if not is_url(text) or scheme in POSTGRESQL:
        return is_url(text)
    try:
        URL.create(scheme).get_dialect()
    except (sa.exc.SQLAlchemyError, ValueError):
        return False
    return True


def parse(text: str) -> URL:
    """Return `text` as a URL; raise InputError, which never repeats it, when it cannot be read."""
    try:
        url = make_url(text)
        if url.host and "@" in f"{url.host}{url.database}":  # from an unescaped password
            raise ValueError
    except (sa.exc.ArgumentError, ValueError):
        scheme = text.split("://", maxsplit=1)[0]
        raise InputError(
            f"the {scheme} URL cannot be read: write "
            "scheme://user:password@host:port/database,"  # pragma: allowlist secret
            " and special characters of a password as %40 for @, %2F for /"
        ) from None
    if url.drivername in POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    return url


def name(url: URL) -> str:
    """Return `url` for display: without its password and its options."""
    return url.set(query={}).render_as_string(hide_password=True)


class PatientConnection(psycopg.Connection[Any]):
    """A connection that closes when the server is silent for PATIENCE seconds.

    No setting of the server or of TCP ends a call to a peer that acknowledges and says nothing.
    """

    def wait(self, gen: Any, *args: Any, **more: Any) -> Any:
        """Wait for the answer to a call; raise OperationalError when it takes too long."""
        try:
            return super().wait(gen, *args, **{"timeout": self.patience} | more)
        except psycopg.OperationalError:
            self.close()  # otherwise the rollback would wait as long again
            raise

    patience: float = PATIENCE


class SlowConnection(PatientConnection):
    """A connection for calls that may take longer, such as removing old rows."""

    patience = 10 * PATIENCE


def open_engine(url: URL, *, patience: type[PatientConnection] | None = None) -> sa.Engine:
    """Return an engine for `url`, which takes JSON as text; raise InputError if there is none.

    With `patience`, no call waits for a silent server for longer than that class says.
    """
    if patience:
        url = _limited(url, patience.patience)
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"client_encoding": "utf8"})
    try:
        # No pool: it would keep a connection that a restarted database has closed.
        engine = sa.create_engine(url, json_serializer=str, poolclass=sa.pool.NullPool)
    except sa.exc.NoSuchModuleError:
        raise InputError(f"{url.drivername}:// is not a database that is known: {KNOWN}") from None
    except ModuleNotFoundError as error:
        raise InputError(
            f"{url.drivername}:// needs the package {error.name}: name it in pyproject.toml,"
            " then make lock setup"
        ) from None
    except (sa.exc.SQLAlchemyError, TypeError, ValueError) as error:
        raise InputError(f"{name(url)}: {_line(error, url)}: correct the URL") from None
    if patience and engine.driver == "psycopg":

        def connect(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> Any:
            return patience.connect(*arguments, **settings)

        sa.event.listen(engine, "do_connect", connect)
    return engine


def quoter(engine: sa.Engine) -> Callable[[str], str]:
    """Return a function that quotes a name for a statement without parameters."""
    quote = engine.dialect.identifier_preparer.quote
    if engine.dialect.paramstyle in ("format", "pyformat"):  # it would double each % for these
        return lambda name: str(quote(name)).replace("%%", "%")
    return quote


def refuse_new_file(url: URL) -> None:
    """Raise InputError when `url` names a missing SQLite file, which SQLite would create."""
    file = url.database or ""
    if url.get_backend_name() == "sqlite" and not Path(file).is_file():
        raise InputError(
            f"{file or 'sqlite://'} does not exist: give the path of an SQLite file, such as the"
            " log of predictions, which `make serve` starts"
        )


def _limited(url: URL, seconds: float) -> URL:
    """Return `url` with a limit on the time that the server takes, next to its own options."""
    if url.get_backend_name() != "postgresql":
        return url.update_query_dict({"timeout": str(seconds)} | dict(url.query))
    milliseconds = str(round(seconds * 1000))
    own = dict(url.query)
    options = (f"-c statement_timeout={milliseconds}", *_listed(own.pop("options", ())))
    limits = {"connect_timeout": str(PATIENCE), "tcp_user_timeout": milliseconds}
    return url.update_query_dict(limits | own | {"options": " ".join(options)})


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


# What SQLite says while another process writes.
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def away(error: InputError) -> bool:
    """Return whether the database may answer later; the error's context is the driver's own."""
    cause = error.__context__
    if not isinstance(cause, sa.exc.OperationalError):
        return False
    if isinstance(cause.orig, sqlite3.Error):
        return cause.orig.sqlite_errorcode & 0xFF in BUSY
    return True


@contextmanager
def reported(url: URL) -> Iterator[None]:
    """Turn an error of the database at `url` into an InputError of one sentence."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise InputError(f"{name(url)}: {_line(error, url)}: {_advice(error)}") from None


def _line(error: Exception, url: URL) -> str:
    """Return the first line of the driver's message, without the password."""
    message = str(getattr(error, "orig", None) or error).strip()
    line = " ".join(message.splitlines()[0].split()) if message else type(error).__name__
    secrets = [url.password, *(value for key, value in url.query.items() if "pass" in key.lower())]
    for secret in secrets:
        line = line.replace(str(secret), "***") if secret else line
    return line


def _advice(error: Exception) -> str:
    if isinstance(error, sa.exc.OperationalError | psycopg.OperationalError):
        return "check that it runs, and host, user, password and database"
    return "check the name of table and columns, and your rights"
