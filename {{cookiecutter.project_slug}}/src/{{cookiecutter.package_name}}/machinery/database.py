"""Databases by their URL; their errors in one sentence, which never shows the password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from .errors import InputError

# Seconds that the service waits for a server that does not answer.
PATIENCE = 2

KNOWN = "give postgresql://user@host/database, sqlite:///file.sqlite, or a file"


def is_url(text: str) -> bool:
    """Return whether `text` is a URL, not a path."""
    return "://" in text


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
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    return url


def name(url: URL) -> str:
    """Return `url` for display: without its password and its options."""
    return url.set(query={}).render_as_string(hide_password=True)


def open_engine(url: URL) -> sa.Engine:
    """Return an engine for `url`, which takes JSON as text; raise InputError if there is none."""
    try:
        # No pool: it would keep a connection that a restarted database has closed.
        return sa.create_engine(url, json_serializer=str, poolclass=sa.pool.NullPool)
    except sa.exc.NoSuchModuleError:
        raise InputError(f"{url.drivername}:// is not a database that is known: {KNOWN}") from None
    except ModuleNotFoundError as error:
        raise InputError(
            f"{url.drivername}:// needs the package {error.name}: name it in pyproject.toml,"
            " then make lock setup"
        ) from None
    except (sa.exc.SQLAlchemyError, TypeError, ValueError) as error:
        raise InputError(f"{name(url)}: {_line(error, url)}: correct the URL") from None


def patient(url: URL) -> URL:
    """Return `url` with a limit on the time that the server may take."""
    if url.get_backend_name() != "postgresql":
        return url.update_query_dict({"timeout": str(PATIENCE)})
    return url.update_query_dict(
        {
            "connect_timeout": str(PATIENCE),
            "tcp_user_timeout": str(PATIENCE * 1000),
            "options": f"-c statement_timeout={PATIENCE * 1000}",
        }
        | dict(url.query)
    )


def away(error: InputError, url: URL) -> bool:
    """Return whether the server may answer later; the error's context is the driver's own."""
    return url.get_backend_name() != "sqlite" and isinstance(
        error.__context__, sa.exc.OperationalError
    )


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
