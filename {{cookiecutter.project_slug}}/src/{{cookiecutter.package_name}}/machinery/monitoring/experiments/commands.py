"""The commands of experiments: how many units they need, and what they say."""

from math import ceil, sqrt

import click

from ...errors import InputError


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
