"""The command `monitor`; what it does is in monitor.py."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ..prediction.commands import folder, log_url_option, rollout_option
from ..project import Project

CHANGED = 3  # exit status when a verdict is an alarm; 1 and 2 are mistakes


@click.command()
@log_url_option
@click.option(
    "--models",
    type=folder,
    default=Path("models"),
    show_default=True,
    help="Folder of the models that answered, each with its reference.",
)
@rollout_option
@click.option(
    "--spool",
    type=folder,
    envvar="LOG_SPOOL",
    default=Path("spool"),
    help="Where a service here keeps answers while its database is away.",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day to judge, UTC.  [default: yesterday]",
)
@click.option(
    "--mature-days",
    type=click.IntRange(min=0),
    default=7,
    show_default=True,
    help="Measure answers that are older: by then nearly all of their outcomes are known.",
)
@click.option("--page", type=folder, help="Write the same with plots to this HTML file.")
@click.pass_obj
def monitor(
    project: Project,
    log_url: str,
    *,
    models: Path,
    rollout: Path,
    spool: Path,
    day: datetime | None,
    mature_days: int,
    page: Path | None,
) -> None:
    """Say whether inputs, scores or accuracy changed since the release; exit with 3 if so.

    It also reads the experiments of the rollout. Each day of the log is profiled once, so run it
    every day; the service exports its last verdicts.
    """
    from ..database import parse  # noqa: PLC0415  takes a second
    from ..prediction.rollout import load  # noqa: PLC0415
    from .monitor import monitor as look  # noqa: PLC0415
    from .text import text  # noqa: PLC0415
    from .verdict import ALARM  # noqa: PLC0415

    last = day.date() if day else (datetime.now(UTC) - timedelta(days=1)).date()
    found = look(
        project,
        parse(log_url),
        models=models,
        rollout=load(rollout, project.row) if rollout.exists() else None,
        day=last,
        spool=spool,
        mature=mature_days,
    )
    click.echo(text(found))
    if page:
        from ..files import write_text  # noqa: PLC0415
        from .html import html  # noqa: PLC0415  draws

        write_text(html(found), page)
        click.echo(f"\n{page}")
    if found.status == ALARM:
        raise SystemExit(CHANGED)


@click.command()
@click.option(
    "--log-url",
    envvar="LOG_URL",
    show_envvar=True,
    default="",
    help="Keep the history in this database, too.  [default: only in build/runs.jsonl]",
)
@click.option("--end", type=click.Choice(["ok", "failed"]), help="How a run ends: for make repro.")
def runs(*, log_url: str, end: str | None) -> None:
    """Say how long the stages of the last `make repro` took, and whether that is unusual."""
    from .. import runs as local  # noqa: PLC0415
    from .pipeline import lines, newest, unusual  # noqa: PLC0415  takes a second

    if end:
        local.end(end)
    history = sorted(local.read(), key=lambda each: str(each["run"]))
    if log_url:
        from .history import kept  # noqa: PLC0415

        history = kept(log_url, history)
    found = newest(history)
    if found is None:
        click.echo("no run is known yet: make repro notes one")
        return
    for line in unusual(found) if end else lines(found):
        click.echo(line)
