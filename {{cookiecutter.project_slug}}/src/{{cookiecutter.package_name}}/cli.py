"""The command line of the project, one door for people: external data, releases, predictions."""

from pathlib import Path
from typing import Any

import click

from .data.commands import data
from .model.commands import model as model_
from .signals import end_on_sigterm
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
    """Care for external data, release models and predict."""


main.add_command(data)
main.add_command(model_)


model_option = click.option(
    "--model",
    type=click.Path(path_type=Path),
    default=Path("models/candidate"),
    envvar="MODEL",
    show_default=True,
    show_envvar=True,
)


@main.command()
@model_option
def check_model(model: Path) -> None:
    """Load the model and name its version: what the image's health check does."""
    from .model.artifact import load  # noqa: PLC0415  XGBoost takes a second to import

    click.echo(load(model).version)


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@model_option
def predict(source: Path, target: Path, model: Path) -> None:
    """Score the rows of SOURCE, a Parquet file, into TARGET: key, score and model version."""
    from .prediction.batch import predict_file  # noqa: PLC0415  XGBoost takes a second to import

    end_on_sigterm()
    click.echo(f"{predict_file(source, target, model=model)} rows scored: {target}")
