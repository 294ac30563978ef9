"""The command line of a project: its pipeline's stages, data, models and predictions."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from .check import check
from .data.commands import data
from .data.spark.command import run_on_spark
from .data.spark.join import EVERY
from .errors import MISTAKES, sentence
from .model.commands import compare, model, report
from .monitoring.commands import monitor, runs
from .monitoring.experiments.commands import experiment
from .notebook.commands import notebook
from .overrides import overrides
from .prediction.commands import check_model, outcomes, predict, rows
from .prediction.service.command import serve
from .project import Project
from .project import check as check_project
from .spark.options import engine_options
from .stages import STAGES, run_stage
from .waiting import waiting

ENDLESS = ("serve",)  # commands that run until they are stopped


class Commands(click.Group):
    """Commands that report a user's mistake in one line and exit with status 1."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; turn a mistake into click's own error."""
        name = " ".join(sys.argv[1:3])
        long = nullcontext() if name.partition(" ")[0] in ENDLESS else waiting(name)
        try:
            with long:
                return super().invoke(context)
        except MISTAKES as error:
            raise click.ClickException(sentence(error) + elsewhere(Path(__file__))) from None


PARAMS = Path("params.yaml")  # every project has it, and so has the image


def elsewhere(module: Path) -> str:
    """Return what to add to a mistake where no project is: the commands read files of a project.

    The project is known if `module` is in it, as in its own environment.
    """
    if PARAMS.exists():
        return ""
    root = module.resolve().parents[3]
    place = f": cd {root}" if (root / PARAMS).is_file() else ""
    return f" (this folder is not a project, it has no {PARAMS}: run the command in one{place})"


# They need none of a project's code, so that a rollback works while that is incomplete.
WITHOUT_CODE = ("data", "model", "notebook", "overrides", "runs")


@click.group(cls=Commands)
@click.pass_context
def commands(context: click.Context) -> None:
    """Validate data, release models, predict, and record what really happened."""
    if context.invoked_subcommand not in WITHOUT_CODE:
        check_project(context.obj)


@commands.command()
@click.argument("name", type=click.Choice(list(STAGES)))
@click.argument("paths", nargs=-1)
@engine_options(
    "One process, or for rows and features the workers of Spark: PATHS are two folders."
)
@click.option("--every", type=click.Choice(list(EVERY)), help="With Spark: how tables are parted.")
@click.option("--upcoming", is_flag=True, help="With Spark: the rows without an outcome.")
@click.pass_obj
def stage(
    project: Project, /, name: str, paths: tuple[str, ...], *, engine: str, **options: Any
) -> None:
    """Run one stage of the pipeline, as dvc.yaml does."""
    if engine == "spark":
        run_on_spark(project, name, paths, **options)
    elif given := [each for each, value in options.items() if value]:
        raise click.UsageError(f"--{given[0]} belongs to --engine spark")
    else:
        run_stage(project, name, [Path(path) for path in paths])


for command in (
    check,
    compare,
    data,
    model,
    report,
    overrides,
    check_model,
    predict,
    rows,
    outcomes,
    monitor,
    runs,
    serve,
    experiment,
    notebook,
):
    commands.add_command(command)


def run(project: Project) -> None:
    """Run the command line of `project`."""
    commands(obj=project)
