"""The commands of experiments: how many units they need, and what they say."""

from datetime import datetime
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import click

from ...errors import InputError
from ...prediction.commands import log_url_option, rollout_option
from ...project import Project


@click.group()
def experiment() -> None:
    """Plan and read experiments: the challenger against the champion, the model against none."""


@experiment.command()
@click.option("--matters", type=float, required=True, help="The smallest difference to find.")
@click.option("--rate", type=click.FloatRange(0, 1), help="The share of yes, for a yes or no.")
@click.option("--deviation", type=float, help="The standard deviation, for a number.")
@click.option("--share", default=0.5, show_default=True, help="The share of the new arm.")
@click.option("--control", type=float, help="The share of the other arm.  [default: the rest]")
@click.option("--per-day", type=click.FloatRange(min=0, min_open=True), help="New units in a day.")
def plan(
    *,
    matters: float,
    rate: float | None,
    deviation: float | None,
    share: float,
    control: float | None,
    per_day: float | None,
) -> None:
    """Say how many units an experiment needs to find a difference in 4 of 5 cases."""
    from .plan import plan as planned  # noqa: PLC0415

    if (rate is None) == (deviation is None):
        raise InputError("give --rate for a yes or no, or --deviation for a number: one of them")
    spread = deviation if rate is None else sqrt(rate * (1 - rate))
    other = 1 - share if control is None else control
    found = planned(deviation=spread or 0.0, matters=matters, treated=share, control=other)
    click.echo(f"to find a difference of {matters:g} in 4 of 5 experiments, both arms together:")
    for units, looks in ((found.any_looks, "if you look whenever you like"), (found.once, "once")):
        how = looks if looks != "once" else "if you look once, at the end (--once)"
        days = f", {ceil(units / per_day / (share + other))} days" if per_day else ""
        click.echo(f"  {units:>9,} units{days}, {how}")


@experiment.command()
@log_url_option
@rollout_option
@click.option(
    "--compare",
    type=click.Choice(["challenger", "holdout"]),
    default="challenger",
    show_default=True,
    help="The challenger with the champion, or the champion with the holdout.",
)
@click.option("--measure", help="error, outcome or a recorded measure.  [default: the rollout's]")
@click.option("--better", type=click.Choice(["lower", "higher"]), help="Which values are better.")
@click.option("--matters", type=float, help="The smallest difference worth finding.")
@click.option("--days", type=float, help="After a prediction, until its measure is complete.")
@click.option("--absent", type=click.Choice(["left out", "zero"]), help="A unit without a value.")
@click.option("--per", type=click.Choice(["row", "unit"]), help="What a measure belongs to.")
@click.option("--once", is_flag=True, help="This is the only look, at the planned end.")
@click.option("--until", type=click.DateTime(), help="As of this moment, UTC.  [default: now]")
@click.option("--pause", is_flag=True, help="Let a worse challenger decide nothing from now on.")
@click.pass_obj
def read(
    project: Project,
    /,
    *,
    log_url: str,
    rollout: Path,
    compare: str,
    once: bool,
    until: datetime | None,
    pause: bool,
    **settings: Any,
) -> None:
    """Say whether the challenger is better than the champion, or the champion than no model.

    The settings are those of `experiment` in rollout.yaml, unless given here. You may look as often
    as you like. The verdict is also kept for the service, which exports it.
    """
    from ...prediction.rollout import load  # noqa: PLC0415
    from .acting import read_and_act, settled  # noqa: PLC0415

    found = load(rollout, project.row)
    given = {name: value for name, value in settings.items() if value is not None}
    for line in read_and_act(
        log_url,
        found,
        settled(found.experiment, given),
        compare=compare,
        until=until,
        once=once,
        pause=pause,
    ):
        click.echo(line)


@experiment.command()
@log_url_option
@click.argument("version")
def resume(*, log_url: str, version: str) -> None:
    """Let a paused challenger decide again: VERSION is its whole name, as `read` prints it."""
    from .acting import resume_challenger  # noqa: PLC0415

    click.echo(resume_challenger(log_url, version))
