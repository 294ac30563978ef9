"""The commands of prediction: thin, what they do lies in batch.py, outcomes.py and arms.py."""

from functools import partial
from pathlib import Path

import click

from ..project import Project
from ..signals import end_on_sigterm

# What is imported in a command takes a second, which `--help` need not wait for.

folder = click.Path(path_type=Path)
model_option = click.option(
    "--model",
    type=folder,
    envvar="MODEL",
    show_envvar=True,
    help="One model for all, instead of the arms of the rollout.",
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
table_option = click.option("--table", default="", help="Of a database: the table to read.")
query_option = click.option("--query", default="", help="Of a database: the SELECT to read.")


@click.command()
@model_option
@rollout_option
@click.pass_obj
def check_model(project: Project, model: Path | None, rollout: Path) -> None:
    """Load the models and name their versions: what the image's health check does."""
    from .arms import open_arms  # noqa: PLC0415

    for version in open_arms(project, model, rollout).versions.values():
        click.echo(version)


@click.command()
@click.argument("source")
@click.argument("target")
@table_option
@query_option
@model_option
@rollout_option
@click.option("--run-id", default="", help="Names the run; one that was killed continues by it.")
@click.option(
    "--contributions",
    type=click.IntRange(min=0),
    default=0,
    help="How many features explain a row.",
)
@click.option(
    "--max-bad-share",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="More rows than this that break a rule stop the run.",
)
@click.option("--reports", type=folder, help="Folder of the report.  [default: next to the target]")
@click.pass_obj
def predict(
    project: Project,
    source: str,
    target: str,
    *,
    table: str,
    query: str,
    model: Path | None,
    rollout: Path,
    run_id: str,
    contributions: int,
    max_bad_share: float,
    reports: Path | None,
) -> None:
    """Score the rows of SOURCE into TARGET.

    SOURCE is a Parquet file, a folder of them, a CSV file, or the URL of a database. TARGET is a
    Parquet or CSV file, a folder that takes one file a run, or the URL of a database.
    """
    end_on_sigterm()
    from .arms import open_arms  # noqa: PLC0415
    from .batch.batch import batch  # noqa: PLC0415
    from .batch.progress import shown  # noqa: PLC0415
    from .batch.run import plan_run  # noqa: PLC0415
    from .batch.source import open_source  # noqa: PLC0415
    from .batch.target import open_target  # noqa: PLC0415

    rows = open_source(source, project.row, table=table, query=query)
    arms = open_arms(project, model, rollout)
    run = plan_run(rows, arms, contributions=contributions, run_id=run_id)
    answers, places = open_target(target, run, reports=reports)
    if not rows.sha256 and not run_id:
        click.echo(f"run {run.id}: --run-id {run.id} continues it, should it be killed", err=True)
    progress = batch(
        rows,
        answers,
        arms,
        run=run,
        places=places,
        contributions=contributions,
        max_bad_share=max_bad_share,
        show=partial(shown, rows=rows.rows),
    )
    click.echo(
        f"{progress.scored} rows scored, {progress.quarantined} in quarantine: {answers.name},"
        f" report in {places.report}"
    )


@click.command()
@click.argument("source")
@table_option
@query_option
@click.option(
    "--log-url",
    envvar="LOG_URL",
    show_envvar=True,
    default="sqlite:///predictions.sqlite",
    show_default=True,
    help="The database that the predictions are in.",
)
@click.pass_obj
def outcomes(project: Project, source: str, *, table: str, query: str, log_url: str) -> None:
    """Record what really happened: the columns key and target of SOURCE, as `predict` reads it."""
    from .batch.outcomes import expected  # noqa: PLC0415
    from .batch.outcomes import outcomes as record  # noqa: PLC0415
    from .batch.source import open_source  # noqa: PLC0415
    from .database import name, parse  # noqa: PLC0415

    url = parse(log_url)
    wanted = expected(project.row)
    number = record(open_source(source, wanted, table=table, query=query), url, wanted)
    click.echo(f"{number} outcomes recorded: {name(url)}")
