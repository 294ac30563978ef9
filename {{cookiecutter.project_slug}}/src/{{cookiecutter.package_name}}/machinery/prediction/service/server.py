"""How the service starts: its settings, its process and its log lines."""

import errno
import logging
import os
import socket
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from traceback import format_tb
from typing import Any

import orjson
import uvicorn
from pydantic import BaseModel
from starlette.types import ASGIApp

from ...errors import InputError
from ...project import Project
from ..arms import Arms
from ..log.prediction_log import PredictionLog
from ..rollout import load
from .app import make_app
from .auth import read_tokens
from .connection import LimitedConnection
from .followed import Followed
from .model_reloader import ModelReloader
from .response import predict_batch
from .service import Service
from .validation import body_model, validate

logger = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PATIENCE = 20  # seconds for accepted requests, after SIGTERM; Kubernetes kills after 30

EXTRA = ("requests", "models", "status")  # fields that a line may have in addition


class JsonFormatter(logging.Formatter):
    """One JSON object a line, without the text of an exception: it may quote inputs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: vars(record)[name] for name in EXTRA if name in vars(record)}
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line |= {"error": kind.__name__, "where": format_tb(trace)}
        return orjson.dumps(line).decode()


def serve(
    project: Project,
    *,
    host: str,
    port: int,
    rollout: Path,
    log_url: str,
    spool: Path,
    keep_days: int | None,
    answer_unrecorded: bool,
    max_row_minutes: float,
    token_file: Path | None,
    require_token: bool,
) -> None:
    """Serve until SIGTERM; raise InputError when the service cannot start."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    tokens = read_tokens(token_file) if token_file else []
    refuse_taken(host, port)
    if require_token and not tokens:
        raise InputError("REQUIRE_TOKEN is set, but no token was given: give --token-file")
    if not tokens:
        who = "this machine" if host in LOOPBACK else "everybody who reaches it"
        logger.warning("no token file: %s may send requests to %s", who, host)
    body = body_model(project.row)
    load(rollout, project.row)  # a mistake in it is told before the log is made
    followed = Followed()
    log = PredictionLog(
        log_url,
        spool,
        keep_days=keep_days,
        required=not answer_unrecorded,
        follow=followed.follow,
    )
    reloader = ModelReloader(project, rollout, warm=partial(warm, body=body), followed=followed)
    app = make_app(Service(reloader, log, tokens, body, max_row_minutes))
    server = uvicorn.Server(configure(app, host, port))
    server.run()
    if not server.started:
        raise InputError(f"the service could not start on {host}:{port}: see the lines above")


def refuse_taken(host: str, port: int) -> None:
    """Raise InputError when the service cannot listen on this port, before it loads a model."""
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        resolved = not isinstance(error, socket.gaierror)
        reason = os.strerror(error.errno) if resolved and error.errno else error.strerror
        other = f"give a free port, as in --port {port + 1} or PORT={port + 1}, or stop what uses"
        if not resolved or error.errno == errno.EADDRNOTAVAIL:
            other = "give an address of this machine, as in HOST=127.0.0.1; 0.0.0.0 is all of them"
        else:
            other += " this one"
        raise InputError(f"cannot listen on {host}:{port}: {reason}: {other}") from None


def configure(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """Return how uvicorn serves `app`: without WebSockets, and with limits on connections."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=LimitedConnection,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def warm(arms: Arms, *, body: type[BaseModel]) -> None:
    """Let `arms` predict the example, without counting it, so that the first request is fast."""
    example = orjson.dumps({"instances": [arms.project.row.example], "contributions": 1})
    predict_batch([validate("warm", example, body)], arms)
