"""The command `stage --engine spark`: runs a stage of rows on Spark, from folder to folder."""

import click

from ...project import Project

STAGES = ("rows", "features")


def run_on_spark(
    project: Project,
    name: str,
    paths: tuple[str, ...],
    *,
    master: str,
    every: str | None,
    upcoming: bool,
) -> None:
    """Run the stage `name`, and say how many rows it made; raise UsageError for another stage."""
    if name not in STAGES:
        raise click.UsageError(f"--engine spark runs the stages {' and '.join(STAGES)}, not {name}")
    if len(paths) != len(("source", "target")):
        raise click.UsageError(f"stage {name} --engine spark takes two folders: SOURCE TARGET")
    source, target = paths
    if name == "rows":
        from .rows import main as rows  # noqa: PLC0415

        every = every or "month"
        made = rows(project, source, target, master=master, every=every, upcoming=upcoming)
    else:
        from .features import main as features  # noqa: PLC0415

        if every or upcoming:
            raise click.UsageError("--every and --upcoming belong to the stage rows")
        made = features(project, source, target, master=master)
    click.echo(f"{made} rows: {target}")
