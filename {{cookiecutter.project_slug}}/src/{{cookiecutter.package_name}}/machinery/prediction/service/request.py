"""A request to predict, and its body, which is read up to a limit."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request

from .problems import RefusalError

MAX_BYTES = 2**20


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


async def read_body(request: Request) -> bytes:
    """Return the body; raise RefusalError when it is not plain JSON or longer than MAX_BYTES."""
    headers = request.headers
    kind = headers.get("content-type", "").lower().replace(" ", "")
    if kind not in ("application/json", "application/json;charset=utf-8"):
        raise _unsupported("The content type is not JSON: send application/json in UTF-8.")
    if headers.get("content-encoding", "identity") != "identity":
        raise _unsupported("The body is compressed: send it as it is.")
    body = bytearray()
    if int(headers.get("content-length", 0)) <= MAX_BYTES:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                break
        else:
            return bytes(body)
    raise RefusalError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body has more than {MAX_BYTES} bytes: send it in several requests.",
        headers={"Connection": "close"},  # the rest of it is not read
    )


def _unsupported(reason: str) -> RefusalError:
    return RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
