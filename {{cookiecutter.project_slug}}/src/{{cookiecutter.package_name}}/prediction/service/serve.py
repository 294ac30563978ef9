"""How the service starts: its settings, its process and what it writes to its log file."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_tb
from typing import Any

import orjson
import uvicorn

from ...data.schema import EXAMPLE
from ...stage import InputError
from ..arms import Arms
from .access import read_tokens
from .answering import Service
from .log import Log
from .passes import Asked, predicted_rows
from .request import parse
from .service import make_app
from .watch import Watched

say = logging.getLogger(__name__)

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
        say.warning("%s may ask: there is no token file, and the address is %s", who, host)
    watched = Watched(rollout, warm=warm)
    log = Log(log_url, spool, keep_days=keep_days, needed=not answer_unrecorded)
    app = make_app(Service(watched, log, tokens))
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def warm(arms: Arms) -> None:
    """Let `arms` predict the example, uncounted: the first request need not wait for it."""
    asked = [Asked("warm", parse(orjson.dumps({"instances": [EXAMPLE], "contributions": 1})))]
    predicted_rows(asked, arms)
