"""Errors of a request as RFC 9457 problem details: what is wrong, where, and what to do."""

import uuid
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
LONGEST = 200  # characters of a request's own text in an error
AS_ROW, AS_KEY = "<row>", "<key>"  # pydantic names the chosen kind of an instance in its errors


class Fault(BaseModel):
    """One error in the body."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """The response to a request that is refused."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[Fault] = []


class RefusalError(Exception):
    """A request is refused, with the reason."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[Fault] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.errors, self.headers = errors or [], headers or {}


def invalid(error: ValidationError) -> RefusalError:
    """Return the refusal of an invalid body."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return RefusalError(HTTPStatus.BAD_REQUEST, f"The body is not JSON: {found[0]['msg']}.")
    places = [_place(each["loc"]) for each in found]
    faults = [
        Fault(
            pointer="#" + "".join(f"/{_escaped(part)}" for part in place),
            detail=each["msg"].removeprefix("Value error, ")[:LONGEST],
        )
        for each, place in zip(found, places, strict=True)
    ]
    first = f"{_named(places[0])}: {faults[0].detail}"
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{first}.", errors=faults)


def _place(parts: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the place in the body, without the kind of an instance."""
    return parts[:2] + parts[3:] if parts[2:3] in ((AS_ROW,), (AS_KEY,)) else parts


def _named(place: tuple[int | str, ...]) -> str:
    """Return a place in the body as code: instances[2].key."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part[:LONGEST]}" for part in place)
    return "".join(parts).lstrip(".") or "the body"


def _escaped(part: int | str) -> str:
    """Return a part of a JSON Pointer (RFC 6901)."""
    return str(part)[:LONGEST].replace("~", "~0").replace("/", "~1")


def respond(refusal: RefusalError, request_id: str) -> Response:
    """Return `refusal` as a response."""
    problem = Problem(
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        detail=refusal.detail,
        request_id=request_id,
        errors=refusal.errors,
    )
    body = orjson.dumps(problem.model_dump(exclude_defaults=False))
    return Response(body, refusal.status, refusal.headers, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Let `app` return what the framework refuses as problem details, too."""

    async def refused(_: Request, error: Any) -> Response:
        return respond(error, uuid.uuid4().hex)

    async def http(_: Request, error: Any) -> Response:
        detail = f"{error.detail}: see /openapi.json for what exists."
        refusal = RefusalError(error.status_code, detail, headers=error.headers)
        return respond(refusal, uuid.uuid4().hex)

    app.add_exception_handler(RefusalError, refused)
    app.add_exception_handler(HTTPException, http)
