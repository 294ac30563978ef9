"""The command `serve`: every option is an environment variable as well, for the image."""

import os
from pathlib import Path
from typing import Any

import click

from ...project import Project

path = click.Path(path_type=Path)


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", help="0.0.0.0: all interfaces.")
@click.option(
    "--port",
    envvar="PORT",
    type=click.IntRange(0, 65535),
    default=8000,
    help="0: any free port.",
)
@click.option("--rollout", envvar="ROLLOUT", type=path, default=Path("rollout.yaml"))
@click.option("--log-url", envvar="LOG_URL", default="sqlite:///predictions.sqlite")
@click.option(
    "--spool",
    envvar="LOG_SPOOL",
    type=path,
    default=Path("spool"),
    help="Folder where answers wait while the database is away.",
)
@click.option(
    "--keep-days",
    envvar="KEEP_DAYS",
    type=click.IntRange(min=1),
    help="Remove older answers from the log.",
)
@click.option(
    "--answer-unrecorded",
    envvar="ANSWER_UNRECORDED",
    is_flag=True,
    help="If neither the database nor the spool is writable, answer and count it.",
)
@click.option(
    "--max-row-minutes",
    envvar="MAX_ROW_MINUTES",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    help="Refuse a stored row that is older, when a request holds only its key.",
)
@click.option("--token-file", envvar="TOKEN_FILE", type=path, help="One token a line, all valid.")
@click.option(
    "--require-token", envvar="REQUIRE_TOKEN", is_flag=True, help="Do not start without a token."
)
@click.pass_obj
def serve(project: Project, /, **settings: Any) -> None:
    """Answer requests over HTTP until SIGTERM, and record every answer.

    Every option can be given as an environment variable: HOST, PORT, ROLLOUT, LOG_URL, LOG_SPOOL,
    KEEP_DAYS, ANSWER_UNRECORDED, MAX_ROW_MINUTES, TOKEN_FILE, REQUIRE_TOKEN.
    """
    # One process uses one core; more cores need more replicas. XGBoost reads this when imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from .server import serve as run  # noqa: PLC0415  XGBoost and FastAPI take seconds to import

    run(project, **settings)
