"""Moves what waits in the spool to the database, and sets aside what can never go there."""

import errno
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from prometheus_client import Counter
from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from .spool import MAX_FILE, Spool, sync
from .tables import Rows, insert, predictions

logger = logging.getLogger(__name__)

LARGEST = 4 * MAX_FILE  # bytes; no file of the spool's own is larger
PORTION = 2**18  # bytes of lines in one transaction: a line each would be slower than new answers

REFUSED = Counter("model_service_spool_refused", "Lines and files of the spool that were refused.")


def _field(column: sa.Column[Any]) -> Any:
    """Return the type of a column's values in the spool, where JSON is text, and its default.

    An earlier release, whose spool has to be replayed, knew fewer of the columns that may be empty.
    """
    kind = str if isinstance(column.type, sa.JSON) else column.type.python_type
    return (kind | None, None) if column.nullable else (kind, ...)


# Made from the table, so that they never differ.
Line: Any = create_model(
    "Line",
    __config__=ConfigDict(extra="forbid", strict=True, protected_namespaces=()),
    **{str(column.name): _field(column) for column in predictions.columns},
)
LINES: TypeAdapter[list[Any]] = TypeAdapter(list[Line])


def replay(spool: Spool, engine: sa.Engine) -> None:
    """Insert every batch that waits; keep what is unreadable or refused as *.refused.

    Raises SQLAlchemyError when the database is away; files that were not finished stay.
    """
    if not spool.size():
        return
    with engine.connect() as connection:
        for path in spool.waiting():
            try:
                _replay(path, connection)
            except OSError as error:
                logger.error("%s cannot be replayed: %s", path, error.strerror)
                if error.errno != errno.ENOSPC:  # then it can be set aside later
                    _move(path)


def _replay(path: Path, connection: sa.Connection) -> None:
    if path.stat().st_size > LARGEST:
        _move(path)
        return
    refused: list[bytes] = []
    with path.open("rb") as file:
        while lines := file.readlines(PORTION):
            # An unfinished last line was never answered.
            refused += _refused([line for line in lines if line.endswith(b"\n")], connection)
    if refused:
        _put_aside(refused, path.with_suffix(".refused"))
    path.unlink()


def _move(path: Path) -> None:
    """Set the whole file aside."""
    with suppress(OSError):
        path.replace(path.with_suffix(".refused"))
    _count(1, path.with_suffix(".refused"))


def _refused(lines: Sequence[bytes], connection: sa.Connection) -> list[bytes]:
    """Insert the rows of some lines, and return what the database cannot take."""
    rows: Rows = []
    refused = []
    for line in lines:
        try:
            rows += [dict(row) for row in LINES.validate_json(line)]
        except ValidationError:
            refused.append(line)
    return refused + [orjson.dumps([row]) + b"\n" for row in _bad(rows, connection)]


def _bad(rows: Rows, connection: sa.Connection) -> Rows:
    """Insert `rows` and return those that are refused: a bad row must not keep others out."""
    if _inserted(rows, connection):
        return []
    if len(rows) == 1:
        return rows
    middle = len(rows) // 2
    return _bad(rows[:middle], connection) + _bad(rows[middle:], connection)


def _inserted(rows: Rows, connection: sa.Connection) -> bool:
    try:
        with connection.begin():
            insert(connection, rows)
    except (sa.exc.DataError, sa.exc.IntegrityError, OverflowError, ValueError):
        return False
    return True


def _put_aside(lines: list[bytes], path: Path) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    sync(path.parent)
    _count(len(lines), path)


def _count(number: int, path: Path) -> None:
    REFUSED.inc(number)
    logger.error("%d lines of the spool were refused, and are kept in %s", number, path)
