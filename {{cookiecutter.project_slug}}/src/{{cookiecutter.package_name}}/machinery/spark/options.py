"""The options of a command that Spark can run, too."""

from collections.abc import Callable
from typing import Any

import click


def engine_options(explained: str) -> Callable[[Any], Any]:
    """Return a decorator that adds --engine, which is `explained` in its help, and --master."""
    engine = click.option(
        "--engine",
        type=click.Choice(["polars", "spark"]),
        default="polars",
        show_default=True,
        help=explained,
    )
    master = click.option(
        "--master", default="", help="Spark's master.  [default: what spark-submit says]"
    )
    return lambda command: engine(master(command))
