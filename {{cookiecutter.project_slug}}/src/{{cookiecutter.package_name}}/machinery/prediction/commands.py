"""The commands of prediction; what they do is in batch/ and arms.py."""

from pathlib import Path
from typing import Any

import click

from ..project import Project
from ..signals import end_on_sigterm
from ..spark.options import engine_options

# Commands import what takes a second themselves, so that `--help` is fast.

folder = click.Path(path_type=Path)
model_option = click.option(
    "--model",
    type=folder,
    envvar="MODEL",
    show_envvar=True,
    help="One model for everyone, instead of the arms of the rollout.",
)
rollout_option = click.option(
    "--rollout",
    type=folder,
    envvar="ROLLOUT",
    show_envvar=True,
    default=Path("rollout.yaml"),
    show_default=True,
    help="Who gets which model.",
)
log_url_option = click.option(
    "--log-url",
    envvar="LOG_URL",
    show_envvar=True,
    default="sqlite:///predictions.sqlite",
    show_default=True,
    help="The database that holds the predictions.",
)
table_option = click.option("--table", default="", help="The table to read from a database.")
query_option = click.option("--query", default="", help="The SELECT to read from a database.")


ONE_PROCESS = ("tables", "upcoming", "shard")  # options that Spark does not know
bad_share_option = click.option(
    "--max-bad-share",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Stop when a larger share of the rows breaks a rule.",
)


@click.command()
@model_option
@rollout_option
@click.pass_obj
def check_model(project: Project, model: Path | None, rollout: Path) -> None:
    """Load the models and print their versions, as the image's health check does."""
    from .arms import open_arms  # noqa: PLC0415

    for version in open_arms(project, model, rollout).versions.values():
        click.echo(version)


@click.command()
@click.argument("paths", nargs=-1, metavar="SOURCE TARGET")
@click.option("--tables", type=folder, help="Make the rows from the raw tables in this folder.")
@click.option("--upcoming", is_flag=True, help="With --tables: score only rows without an outcome.")
@table_option
@query_option
@model_option
@rollout_option
@click.option("--shard", default="", help="One part of many, such as 3/16, of Parquet files.")
@click.option("--run-id", default="", help="Name of the run; into a database it can continue.")
@click.option(
    "--contributions",
    type=click.IntRange(min=0),
    default=0,
    help="How many features explain a row.",
)
@bad_share_option
@click.option("--reports", type=folder, help="Folder of the report.  [default: next to the target]")
@engine_options("One process, or the workers of Spark: between folders of Parquet and PostgreSQL.")
@click.option("--partition-by", multiple=True, help="With Spark: a column that parts the answers.")
@click.pass_obj
def predict(
    project: Project,
    /,
    paths: tuple[str, ...],
    *,
    engine: str,
    master: str,
    partition_by: tuple[str, ...],
    **settings: Any,
) -> None:
    """Score the rows of SOURCE into TARGET, or with --tables FOLDER the rows of raw tables.

    SOURCE is a Parquet file, a folder of them, a CSV file, or the URL of a database. TARGET is a
    Parquet or CSV file, a folder that takes one file a run, or the URL of a database. --tables
    FOLDER takes the place of SOURCE: it holds TABLE.parquet for each external table.
    """
    end_on_sigterm()
    if len(paths) != (1 if settings["tables"] else 2):
        raise click.UsageError("give SOURCE and TARGET, or --tables FOLDER and TARGET")
    if engine == "spark":
        from .spark.score import score as on_spark  # noqa: PLC0415

        if others := [name for name in ONE_PROCESS if settings.pop(name)]:
            raise click.UsageError(f"--engine spark does not know --{others[0]}")
        on_spark(project, *paths, master=master, partition_by=partition_by, **settings)
        return
    from .batch.score import score  # noqa: PLC0415

    if master or partition_by:
        raise click.UsageError("--master and --partition-by belong to --engine spark")
    score(project, *paths, **settings)


@click.command()
@click.argument("database")
@click.option("--tables", type=folder, required=True, help="Folder of the raw tables.")
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0, min_open=True),
    default=7,
    show_default=True,
    help="Remove rows that were written longer ago.",
)
@bad_share_option
@click.option(
    "--reports",
    type=folder,
    default=Path("runs"),
    show_default=True,
    help="Folder for rows that break a rule.",
)
@click.pass_obj
def rows(project: Project, /, database: str, **settings: Any) -> None:
    """Write the rows without an outcome to DATABASE, so that a request needs only the key.

    DATABASE is the URL of the service's LOG_URL. --tables FOLDER holds TABLE.parquet for each
    external table. Run it every few minutes: a row that is there is replaced.
    """
    end_on_sigterm()
    from .batch.upcoming import write_upcoming  # noqa: PLC0415

    click.echo(write_upcoming(project, database, **settings))


@click.command()
@click.argument("source")
@table_option
@query_option
@log_url_option
@click.option("--measure", default="", help="Record a measure of this name: unit, time and value.")
@click.pass_obj
def outcomes(
    project: Project, source: str, *, table: str, query: str, log_url: str, measure: str
) -> None:
    """Record what really happened: the columns key and target of SOURCE, read as in `predict`.

    With --measure NAME, SOURCE has the columns unit, time and value instead: what else happened,
    when, and to which key or value of assign_by, such as what a customer bought.
    """
    from ..database import name, parse  # noqa: PLC0415
    from ..params import load  # noqa: PLC0415
    from .batch.open import open_source  # noqa: PLC0415
    from .batch.outcomes import expected  # noqa: PLC0415
    from .batch.outcomes import outcomes as record  # noqa: PLC0415

    url = parse(log_url)
    if measure:
        from .batch.measures import WANTED, measures  # noqa: PLC0415

        found = open_source(source, WANTED, table=table, query=query)
        click.echo(f"{measures(found, url, measure)} values of {measure} recorded: {name(url)}")
        return
    wanted = expected(project.row, load(project.params).task)
    number = record(open_source(source, wanted, table=table, query=query), url, wanted)
    click.echo(f"{number} outcomes recorded: {name(url)}")
