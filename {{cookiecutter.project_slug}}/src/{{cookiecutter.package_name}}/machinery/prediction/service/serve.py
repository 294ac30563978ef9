"""How the service starts: its settings, its process and what it writes to its log file."""

import logging
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from traceback import format_tb
from typing import Any

import orjson
import uvicorn
from pydantic import BaseModel

from ...errors import InputError
from ...project import Project
from ..arms import Arms
from .access import read_tokens
from .answering import Service
from .log import Log
from .passes import Asked, predicted_rows
from .request import body_model, parse
from .service import make_app
from .watch import Watched

logger = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PATIENCE = 30  # seconds for what was accepted, after SIGTERM

SAID = ("requests", "models", "status")  # what a line may say besides


class Json(logging.Formatter):
    """One JSON object a line. What an exception says is left out: it may quote inputs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: vars(record)[name] for name in SAID if name in vars(record)}
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
    token_file: Path | None,
    require_token: bool,
) -> None:
    """Answer until SIGTERM; raise InputError when that cannot begin."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    tokens = read_tokens(token_file) if token_file else []
    if require_token and not tokens:
        raise InputError("REQUIRE_TOKEN is set and there is no token: give --token-file")
    if not tokens:
        who = "this machine" if host in LOOPBACK else "everybody who reaches it"
        logger.warning("%s may ask: there is no token file, and the address is %s", who, host)
    body = body_model(project.row)
    watched = Watched(project, rollout, warm=partial(warm, body=body))
    log = Log(log_url, spool, keep_days=keep_days, needed=not answer_unrecorded)
    app = make_app(Service(watched, log, tokens, body))
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def warm(arms: Arms, *, body: type[BaseModel]) -> None:
    """Let `arms` predict the example, uncounted: the first request need not wait for it."""
    example = orjson.dumps({"instances": [arms.project.row.example], "contributions": 1})
    predicted_rows([Asked("warm", parse(example, body))], arms)
