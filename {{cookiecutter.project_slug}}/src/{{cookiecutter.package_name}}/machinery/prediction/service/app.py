"""The HTTP routes: prediction, health, models and metrics."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from ..log.prediction_log import NotRecordedError
from . import metrics as measured
from .auth import authenticate
from .micro_batcher import BusyError
from .openapi import PREDICT, TOKEN, describe
from .problems import RefusalError, add_handlers, invalid, respond
from .request import new_id, read_body
from .service import Service
from .validation import DuplicateKeyError, TooManyError, validate

logger = logging.getLogger(__name__)

FAULT = "The service failed: its log says why, next to this request_id."

router = APIRouter()


def make_app(service: Service) -> ASGIApp:
    """Return the application that serves `service`.

    A POST to /predict goes past the layers of FastAPI and Starlette, which take 47 of the 72 µs of
    a request that they only send back.
    """
    app = _fastapi(service)

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/predict" and scope["method"] == "POST":
            response = await _predict(service, Request(scope, receive))
            head = {"status": response.status_code, "headers": response.raw_headers}
            await send({"type": "http.response.start", **head})
            await send({"type": "http.response.body", "body": response.body})
        else:
            await app(scope, receive, send)

    return front


def _fastapi(service: Service) -> FastAPI:
    """Return the routes of FastAPI; of /predict, it refuses other methods than POST."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(service.reloader.follow())
        gc.freeze()  # objects made until now stay: garbage collection can skip them
        yield
        following.cancel()
        await service.close()  # every accepted request has its answer by now

    # FastAPI's pages of documentation load scripts from another host.
    app = FastAPI(
        title="predictions",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # the address would be made from the client's header Host
    )
    app.state.service = service
    app.add_route("/predict", partial(_predict, service), methods=["POST"])
    app.include_router(router)
    add_handlers(app)
    describe(app, service.body)
    return app


async def _predict(service: Service, request: Request) -> Response:
    """Score the instances; every answer is recorded."""
    # The id is never the client's: with a repeated id, two answers would be one row of the log.
    started, request_id = time.perf_counter(), new_id()
    try:
        body = await _answer(service, request, request_id)
        response = Response(body, media_type="application/json")
    except RefusalError as refusal:
        response = respond(refusal, request_id)
        logger.info("refused", extra={"requests": [request_id], "status": refusal.status})
    except Exception:
        response = respond(RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, FAULT), request_id)
        logger.exception("failed", extra={"requests": [request_id]})
    measured.REQUESTS.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _answer(service: Service, request: Request, request_id: str) -> bytes:
    """Return the body of the answer to a request; raise RefusalError when it is refused."""
    authenticate(request, service.tokens)
    try:
        return await service.predict(validate(request_id, await read_body(request), service.body))
    except ValidationError as error:
        raise invalid(error) from None
    except TooManyError as error:
        raise RefusalError(422, f"{error}.") from None
    except DuplicateKeyError as error:
        raise RefusalError(422, f"The body is ambiguous: {error}.") from None
    except BusyError:
        raise _unavailable("Too many rows wait for an answer") from None
    except NotRecordedError:
        raise _unavailable("The answer could not be recorded") from None


def _unavailable(reason: str) -> RefusalError:
    return RefusalError(503, f"{reason}: try again later.", headers={"Retry-After": "1"})


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live")
async def live() -> dict[str, str]:
    """Return 200 while the process answers."""
    return {"status": "alive"}


@router.head("/health/ready", include_in_schema=False)
@router.get("/health/ready", responses={503: PREDICT["responses"]["503"]})
async def ready(request: Request) -> dict[str, str]:
    """Return 200 while models are loaded and answers can be recorded, and where they are."""
    where = request.app.state.service.log.where()
    if where == "nowhere":
        raise _unavailable("Neither the database nor the spool is writable")
    return {"status": "ready", "log": where}


@router.get("/models", responses=TOKEN)
async def models(request: Request) -> dict[str, Any]:
    """Return which model serves which share of the units."""
    service: Service = request.app.state.service
    authenticate(request, service.tokens)
    arms = service.reloader.arms
    rollout = arms.rollout
    shares = {"holdout": rollout.holdout, "challenger": rollout.challenger}
    champion = 1 - sum(shares.values())
    return {
        "models": arms.versions,
        "shares": shares | {"champion": champion},
        "shadow": rollout.shadow,
        "paused": arms.paused,
    }


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Return the metrics for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
