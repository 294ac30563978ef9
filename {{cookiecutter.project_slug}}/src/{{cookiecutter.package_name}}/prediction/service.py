"""The HTTP door: requests in, answers out, and what an orchestrator and Prometheus ask."""

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from . import metrics
from .access import allowed
from .batching import Batcher, Busy
from .log import Log, NotKept
from .openapi import PREDICT, TOKEN, describe
from .passes import Asked, answer
from .problems import Refusal, add_handlers, respond, wrong
from .request import DuplicateKey, parse
from .watch import Watched

say = logging.getLogger(__name__)

MAX_BYTES = 2**20  # of a body
MAX_WAITING = 5_000  # rows; who comes then is told to come again
MAX_PASS = 1_000  # rows

router = APIRouter()


@dataclass
class Service:
    """What stands behind the door."""

    watched: Watched
    log: Log
    tokens: list[bytes] = field(repr=False)  # none: everybody may ask

    def __post_init__(self) -> None:
        self.queue = Batcher(
            self._answer, size=lambda asked: asked.rows, max_waiting=MAX_WAITING, max_pass=MAX_PASS
        )

    def _answer(self, asked: Sequence[Asked]) -> list[bytes]:
        return answer(asked, self.watched.arms, record=self.log.write)


def make_app(service: Service) -> FastAPI:
    """Return the application before `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(service.watched.follow())
        gc.freeze()  # what is here stays: collecting garbage need not look at it
        yield
        following.cancel()
        # By now every request that was accepted has its answer.
        await asyncio.get_running_loop().run_in_executor(service.queue.thread, service.log.close)

    # The pages of documentation load their scripts from elsewhere.
    app = FastAPI(title="predictions", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.service = service
    app.include_router(router)
    # Starlette's own route: what FastAPI does around a function takes as long as all of ours.
    app.add_route("/predict", predict, methods=["POST"])
    add_handlers(app)
    describe(app)
    return app


async def predict(request: Request) -> Response:
    """Score the instances; what is answered is recorded."""
    started, request_id = time.perf_counter(), uuid.uuid4().hex
    try:
        body = await _answered(request, request_id)
        response = Response(body, media_type="application/json")
    except Refusal as refusal:
        response = respond(refusal, request_id)
        say.info("refused", extra={"requests": [request_id], "status": refusal.status})
    metrics.REQUESTS.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _answered(request: Request, request_id: str) -> bytes:
    """Return the answer to a request; raise Refusal when there is none."""
    service: Service = request.app.state.service
    _admit(request)
    try:
        asked = Asked(request_id, parse(await _body(request)))
        return await service.queue.submit(asked)
    except ValidationError as error:
        raise wrong(error) from None
    except DuplicateKey as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"The body is ambiguous: {error}.") from None
    except ClientDisconnect:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body ended early.") from None
    except Busy:
        raise _later("Too many rows wait for an answer") from None
    except NotKept:
        raise _later("The answer could not be recorded") from None


def _later(reason: str) -> Refusal:
    headers = {"Retry-After": "1"}
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, f"{reason}: come again.", headers=headers)


def _admit(request: Request) -> None:
    tokens = request.app.state.service.tokens
    if tokens and not allowed(request.headers.get("authorization", ""), tokens):
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "The token is missing or not known: send Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )


async def _body(request: Request) -> bytes:
    """Return the body; raise Refusal when it is no plain JSON, or before too much of it is here."""
    headers = request.headers
    kind = headers.get("content-type", "").lower().replace(" ", "")
    if kind not in ("application/json", "application/json;charset=utf-8"):
        raise Refusal(415, "The content type is not JSON: send application/json in UTF-8.")
    if headers.get("content-encoding", "identity") != "identity":
        raise Refusal(415, "The body is compressed: send it as it is.")
    body = bytearray()
    if int(headers.get("content-length", 0)) <= MAX_BYTES:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                break
        else:
            return bytes(body)
    raise Refusal(
        413,
        f"The body has more than {MAX_BYTES} bytes: send it in several requests.",
        headers={"Connection": "close"},  # the rest of it is not read
    )


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


@router.get("/health/ready", responses={503: PREDICT["responses"]["503"]})
async def ready(request: Request) -> dict[str, str]:
    """Say that models are loaded and that answers can be recorded, and where."""
    where = request.app.state.service.log.where()
    if where == "nowhere":
        raise _later("Answers can be recorded neither in the database nor on the disk")
    return {"status": "ready", "log": where}


@router.get("/models", responses=TOKEN)
async def models(request: Request) -> dict[str, Any]:
    """Say which model serves which share of the units."""
    _admit(request)
    arms = request.app.state.service.watched.arms
    rollout = arms.rollout
    shares = {"holdout": rollout.holdout, "challenger": rollout.challenger}
    champion = 1 - sum(shares.values())
    return {
        "models": arms.versions,
        "shares": shares | {"champion": champion},
        "shadow": rollout.shadow,
    }


@router.get("/metrics", response_class=Response)
async def measured() -> Response:
    """Return what Prometheus scrapes."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
