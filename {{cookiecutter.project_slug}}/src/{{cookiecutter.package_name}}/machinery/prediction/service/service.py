"""The HTTP door: requests in, answers out, and what an orchestrator and Prometheus ask."""

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from . import metrics
from .access import admit
from .answering import Service
from .batching import BusyError
from .body import read_body
from .log import NotKeptError
from .openapi import PREDICT, TOKEN, describe
from .passes import Asked
from .problems import RefusalError, add_handlers, respond, wrong
from .request import DuplicateKeyError, parse

logger = logging.getLogger(__name__)

router = APIRouter()


def make_app(service: Service) -> FastAPI:
    """Return the application before `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(service.watched.follow())
        gc.freeze()  # what is here stays: collecting garbage need not look at it
        yield
        following.cancel()
        # By now every request that was accepted has its answer.
        await asyncio.get_running_loop().run_in_executor(
            service.recording.thread, service.log.close
        )

    # The pages of documentation load their scripts from elsewhere.
    app = FastAPI(title="predictions", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.service = service
    app.include_router(router)
    # Starlette's own route: what FastAPI does around a function takes as long as all of ours.
    app.add_route("/predict", predict, methods=["POST"])
    add_handlers(app)
    describe(app, service.body)
    return app


async def predict(request: Request) -> Response:
    """Score the instances; what is answered is recorded."""
    started, request_id = time.perf_counter(), uuid.uuid4().hex
    try:
        body = await _answered(request, request_id)
        response = Response(body, media_type="application/json")
    except RefusalError as refusal:
        response = respond(refusal, request_id)
        logger.info("refused", extra={"requests": [request_id], "status": refusal.status})
    metrics.REQUESTS.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _answered(request: Request, request_id: str) -> bytes:
    """Return the answer to a request; raise RefusalError when there is none."""
    service: Service = request.app.state.service
    admit(request, service.tokens)
    try:
        asked = Asked(request_id, parse(await read_body(request), service.body))
        return await service.answer(asked)
    except ValidationError as error:
        raise wrong(error) from None
    except DuplicateKeyError as error:
        raise RefusalError(422, f"The body is ambiguous: {error}.") from None
    except ClientDisconnect:
        raise RefusalError(400, "The body ended early.") from None
    except BusyError:
        raise _later("Too many rows wait for an answer") from None
    except NotKeptError:
        raise _later("The answer could not be recorded") from None


def _later(reason: str) -> RefusalError:
    return RefusalError(503, f"{reason}: come again.", headers={"Retry-After": "1"})


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
    service: Service = request.app.state.service
    admit(request, service.tokens)
    arms = service.watched.arms
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
