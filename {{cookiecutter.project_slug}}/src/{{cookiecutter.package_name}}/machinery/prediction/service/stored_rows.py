"""The stored rows that complete instances which hold only their key."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, get_args

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from ...data.table import KEY
from ..log.prediction_log import PredictionLog
from ..log.upcoming_rows import exists, find
from .by_key import alone
from .problems import LONGEST, Fault, RefusalError
from .request import PredictRequest
from .validation import values

COMMAND = "`rows --tables FOLDER DATABASE`"

Found = dict[str, tuple[str, datetime]]  # inputs as JSON, and when they were written, by key


class StoredRows:
    """The rows that the command `rows` wrote; used in one thread."""

    def __init__(self, log: PredictionLog, body: type[BaseModel], max_minutes: float) -> None:
        self._log, self._max_minutes = log, max_minutes
        self._instance: type[BaseModel] = get_args(body.model_fields["instances"].annotation)[0]
        self._connection: sa.Connection | None = None
        self._exists = False

    def complete(self, requests: Sequence[PredictRequest]) -> list[PredictRequest | Exception]:
        """Return each request with whole rows, or why it is refused; one query for all."""
        keys = {row[KEY] for request in requests for row in request.instances if alone(row)}
        try:
            found = self._find(sorted(keys))
        except sa.exc.SQLAlchemyError:
            detail = "The stored rows cannot be read: try again later, or send the whole row."
            away = RefusalError(503, detail, headers={"Retry-After": "1"})
            return [away] * len(requests)
        return [self._completed(request, found) for request in requests]

    def close(self) -> None:
        """Close the connection; call it in the thread that reads."""
        if self._connection:
            with suppress(sa.exc.SQLAlchemyError):
                self._connection.close()
        self._connection = None

    def _find(self, keys: list[str]) -> Found:
        """Read the rows; once more on a new connection, as a restarted database closes the old."""
        engine, new = self._log.engine, self._connection is None
        if engine is None:
            raise sa.exc.DisconnectionError
        try:
            self._connection = self._connection or engine.connect()
            with self._connection.begin():
                self._exists = self._exists or exists(self._connection)
                return find(self._connection, keys) if self._exists else {}
        except sa.exc.SQLAlchemyError:
            self.close()
            if new:
                raise
        return self._find(keys)

    def _completed(self, request: PredictRequest, found: Found) -> PredictRequest | Exception:
        try:
            instances = [
                self._row(row[KEY], f"instances[{place}]", found) if alone(row) else row
                for place, row in enumerate(request.instances)
            ]
        except RefusalError as refusal:
            return refusal
        return replace(request, instances=instances, by_key=False)

    def _row(self, key: str, place: str, found: Found) -> dict[str, Any]:
        """Return the row of `key`; raise RefusalError when there is none, or an old one."""
        named = f"the stored row of {key[:LONGEST]!r}"
        if key not in found:
            raise _refused(HTTPStatus.NOT_FOUND, place, f"{named} does not exist: {COMMAND} writes")
        inputs, written = found[key]
        minutes = (datetime.now(UTC) - written).total_seconds() / 60
        again = f"{COMMAND} replaces"
        if minutes > self._max_minutes:
            age = f"{named} is {minutes:.0f} minutes old, and the limit (MAX_ROW_MINUTES) is"
            raise _refused(HTTPStatus.CONFLICT, place, f"{age} {self._max_minutes:g}: {again}")
        try:
            return values(self._instance.model_validate_json(inputs))
        except ValidationError as error:
            fault = error.errors()[0]
            reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            detail = f"{named} was written by other code ({reason}): {again}"
            raise _refused(HTTPStatus.CONFLICT, place, detail) from None


def _refused(status: HTTPStatus, place: str, detail: str) -> RefusalError:
    whole = f"{detail} it; or send the whole row"
    pointer = f"#/{place.replace('[', '/').rstrip(']')}/{KEY}"
    faults = [Fault(pointer=pointer, detail=whole)]
    return RefusalError(status, f"{place}.{KEY}: {whole}.", errors=faults)
