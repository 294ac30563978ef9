"""The body of a request, read only as far as it may go."""

from http import HTTPStatus

from fastapi import Request

from .problems import RefusalError

MAX_BYTES = 2**20


async def read_body(request: Request) -> bytes:
    """Return the body; raise RefusalError when it is no plain JSON, or too much of it comes."""
    headers = request.headers
    kind = headers.get("content-type", "").lower().replace(" ", "")
    if kind not in ("application/json", "application/json;charset=utf-8"):
        raise _type("The content type is not JSON: send application/json in UTF-8.")
    if headers.get("content-encoding", "identity") != "identity":
        raise _type("The body is compressed: send it as it is.")
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


def _type(reason: str) -> RefusalError:
    return RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
