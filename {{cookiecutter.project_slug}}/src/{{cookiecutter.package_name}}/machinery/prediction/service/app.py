"""The HTTP routes: prediction, health, models and metrics."""

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from ..log.prediction_log import NotRecordedError
from . import metrics as measured
from .auth import authenticate
from .micro_batcher import BusyError
from .openapi import PREDICT, TOKEN, describe
from .problems import RefusalError, add_handlers, invalid, respond
from .request import read_body
from .service import Service
from .validation import DuplicateKeyError, TooManyError, validate

logger = logging.getLogger(__name__)

router = APIRouter()


def make_app(service: Service) -> FastAPI:
    """Return the application that serves `service`."""

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
    # Starlette's own route: FastAPI's wrapper (dependencies, exit stacks) takes 57 of 123 µs per
    # request, as long as everything else here. So openapi.py describes the route by hand. It is the
    # first route, because the routes are tried in turn.
    app.add_route("/predict", predict, methods=["POST"])
    app.include_router(router)
    add_handlers(app)
    describe(app, service.body)
    return app


async def predict(request: Request) -> Response:
    """Score the instances; every answer is recorded."""
    # The id is never the client's: with a repeated id, two answers would be one row of the log.
    started, request_id = time.perf_counter(), uuid.uuid4().hex
    status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    try:
        body = await _answer(request, request_id)
        response = Response(body, media_type="application/json")
        status = response.status_code
    except RefusalError as refusal:
        response = respond(refusal, request_id)
        status = refusal.status
        logger.info("refused", extra={"requests": [request_id], "status": status})
    finally:
        measured.REQUESTS.labels(status).observe(time.perf_counter() - started)
    return response


async def _answer(request: Request, request_id: str) -> bytes:
    """Return the body of the answer to a request; raise RefusalError when it is refused."""
    service: Service = request.app.state.service
    authenticate(request, service.tokens)
    try:
        return await service.predict(validate(request_id, await read_body(request), service.body))
    except ValidationError as error:
        raise invalid(error) from None
    except TooManyError as error:
        raise RefusalError(422, f"{error}.") from None
    except DuplicateKeyError as error:
        raise RefusalError(422, f"The body is ambiguous: {error}.") from None
    except ClientDisconnect:
        raise RefusalError(400, "The body ended early.") from None
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
