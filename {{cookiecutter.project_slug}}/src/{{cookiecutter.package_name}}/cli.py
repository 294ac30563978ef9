"""The command line of the project, one door for people: external data, releases, predictions."""

from typing import Any

import click

from .data.commands import data
from .model.commands import model
from .prediction.commands import check_model, outcomes, predict
from .prediction.service.command import serve
from .stage import MISTAKES, sentence


class Commands(click.Group):
    """Commands that report a user's mistake in one line and exit with status 1."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; a mistake becomes click's own error."""
        try:
            return super().invoke(context)
        except MISTAKES as error:
            raise click.ClickException(sentence(error)) from None


@click.group(cls=Commands)
def main() -> None:
    """Care for external data, release models, predict, and record what came of it."""


for command in (data, model, check_model, predict, outcomes, serve):
    main.add_command(command)
