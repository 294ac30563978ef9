"""A request to predict, and its body, which is read up to a limit."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request

from .problems import RefusalError

MAX_BYTES = 2**20
# A client that is still sending may not see why it is refused, so a body up to here is read.
MAX_DISCARDED = 4 * MAX_BYTES
MAX_READING = 32 * 2**20  # bytes of all bodies that are being read
BODY_SECONDS = 10  # for the body of a request
WHOLE = "whole"  # an extension in the scope of a request that is here to its end

# Explaining a row costs as much as predicting fifty: so many rows count as one row explained.
EXPLAINED = 50


@dataclass(frozen=True)
class PredictRequest:
    """A valid request, and the id under which it is answered and recorded."""

    id: str
    instances: list[dict[str, Any]]
    contributions: int  # how many features explain each score
    by_key: bool = False  # some instances hold only their key, until they are completed

    @property
    def rows(self) -> int:
        """Return the number of rows to predict."""
        return len(self.instances)

    @property
    def size(self) -> int:
        """Return how many rows could be predicted in the time that this request takes."""
        return self.rows * (EXPLAINED if self.contributions else 1)


def new_id() -> str:
    """Return an id for a request: a UUID of version 7 (RFC 9562), which grows with time.

    A database adds such ids at the end of its index. Random ones change a page of it for each row,
    which took half of the time of a commit once the log had 100,000 answers.
    """
    milliseconds, random = time.time_ns() // 1_000_000, secrets.randbits(74)
    version = milliseconds << 16 | 7 << 12 | random >> 62
    return f"{version << 64 | 2 << 62 | random & (1 << 62) - 1:032x}"


_reading = 0  # bytes of all bodies that are being read


async def read_body(request: Request) -> bytes:
    """Return the body; raise RefusalError when it is not plain JSON or longer than MAX_BYTES."""
    headers = request.headers
    kind = headers.get("content-type", "").lower().replace(" ", "").replace('"', "")
    if kind not in ("application/json", "application/json;charset=utf-8"):
        raise _unsupported("The content type is not JSON: send application/json in UTF-8.")
    if headers.get("content-encoding", "identity") != "identity":
        raise _unsupported("The body is compressed: send it as it is.")
    if int(headers.get("content-length", 0)) > MAX_DISCARDED:
        raise _too_large()
    if WHOLE in request.scope.get("extensions", {}):
        return await _read(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request)
    except TimeoutError:
        detail = f"The body took more than {BODY_SECONDS} seconds: send it faster, or less of it."
        raise RefusalError(HTTPStatus.REQUEST_TIMEOUT, detail, headers=CLOSE) from None


async def _read(request: Request) -> bytes:
    global _reading  # noqa: PLW0603  all requests share the memory
    body, size = bytearray(), 0
    try:
        more = True
        while more:  # not by request.stream(), a generator, which takes longer
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise RefusalError(HTTPStatus.BAD_REQUEST, "The body ended early.")
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size > MAX_DISCARDED:
                break
            if size <= MAX_BYTES:
                body += chunk
                _reading += len(chunk)
            if _reading > MAX_READING:
                headers = CLOSE | {"Retry-After": "1"}
                raise RefusalError(503, "Too many bodies are being read.", headers=headers)
        if size > MAX_BYTES:
            raise _too_large()
        return bytes(body)
    finally:
        _reading -= len(body)


CLOSE = {"Connection": "close"}  # the rest of the body is not read


def _too_large() -> RefusalError:
    return RefusalError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body has more than {MAX_BYTES} bytes: send it in several requests.",
        headers=CLOSE,
    )


def _unsupported(reason: str) -> RefusalError:
    return RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
