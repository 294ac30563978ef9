"""The commands under `model`: thin, each says what its module did."""

import json
from pathlib import Path

import click

from .. import params
from ..errors import InputError
from ..project import Project
from .registry import fetch, history, lineage, promote, release, state


@click.group()
def model() -> None:
    """Judge and release models, give them stages, fetch them, show what they are made of."""


@model.command("gate")
@click.pass_obj
def gate_(project: Project) -> None:
    """Judge models/candidate, compared with models/champion if that exists."""
    from .gate import examine  # noqa: PLC0415  reads tables and models
    from .registry.remade import remade  # noqa: PLC0415

    champion = Path("models/champion")
    found = champion if champion.exists() else None
    known = state.read()
    verdict = examine(
        project,
        found,
        remade=lambda name: remade(known, name),
        before=lineage.report_of_data(known),
    )
    click.echo(verdict.lines())
    if verdict.verdict == "refused":
        raise InputError(f"the gate refuses models/candidate: {release.NEXT}")


@model.command()
@click.pass_obj
def changes(project: Project) -> None:
    """Say how the tables differ from the last release, and fail where params.yaml says stop.

    Before the first release, it compares with the last commit, and only warns.
    """
    found, released = lineage.changes(params.load(project.params).changes)
    for change in found:
        said = "error" if released and change.stops else "warning"
        click.echo(f"{said}: {change}", err=True)
    if released and any(change.stops for change in found):
        raise InputError(
            "a table changed too much since the last release: correct it; or, if that is right,"
            ' release with ACCEPT="your reason"; `changes` in params.yaml has the limits'
        )


@model.command()
@click.pass_obj
def reset_gate(project: Project) -> None:
    """Write limits to params.yaml that suit the baseline, the test rows and the prevalence."""
    from .criteria.reset import reset  # noqa: PLC0415  scikit-learn takes seconds to import
    from .gate import too_strong  # noqa: PLC0415

    limits = ", ".join(f"{name} {limit:g}" for name, limit in reset().items())
    click.echo(f"params.yaml: gate: {limits}; commit it when you agree")
    for sentence in too_strong(project):
        click.echo(sentence)


@model.command("release")
@click.argument("version", required=False)
@click.option("--bump", type=click.Choice(release.BUMPS), help="Take the next version.")
@click.option("--accept", metavar="REASON", envvar="ACCEPT", help="Accept what the gate holds.")
@click.pass_obj
def release_(project: Project, version: str | None, bump: str | None, accept: str | None) -> None:
    """Release models/candidate as VERSION, such as v1.2.0, when the gate accepts it.

    A model that the gate holds needs a REASON, which the tag keeps with your name.
    """
    plan = release.prepare(project, version, bump)
    click.echo(plan.verdict.lines())
    release.refuse_verdict(plan.verdict, accept)
    release.finish(plan, accept, lambda line: click.echo(line, err=True))
    click.echo(f"released {plan.version}, {plan.verdict.verdict}: `make promote` gives it a stage")


@model.command("promote")
@click.argument("version")
@click.argument("stage")
def promote_(version: str, stage: str) -> None:
    """Give STAGE (champion, challenger, dev) to the released VERSION."""
    click.echo(promote.promote(version, stage))


@model.command()
def rollback() -> None:
    """Make the version champion that was it before."""
    click.echo(promote.rollback())


@model.command("fetch")
@click.argument("version", required=False)
@click.pass_obj
def fetch_(project: Project, version: str | None) -> None:
    """Fetch the models that have a stage, or VERSION alone, and check their bytes."""
    known = state.current()
    if version:
        click.echo(fetch.fetch(known.release(version)))
        return
    for line in fetch.fetch_stages(project, known):
        click.echo(line)


@model.command("history")
def history_() -> None:
    """List the releases, and who is and was what."""
    click.echo(history.history(state.read()))


@model.command()
@click.argument("version", required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(version: str | None, *, as_json: bool) -> None:
    """Show what VERSION, or the candidate, is made of and how good it is; Git is all it reads."""
    known = lineage.describe(state.read(), version)
    if as_json:
        click.echo(json.dumps(known, indent=2, ensure_ascii=False))
    else:
        click.echo(lineage.readable(known), nl=False)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("build/compare"))
@click.argument("revisions", nargs=-1)
def compare(folder: Path, revisions: tuple[str, ...]) -> None:
    """Compare experiments and releases: a table, and a page with plots in FOLDER.

    With REVISIONS, only draw their plots, compared with what is here.
    """
    from .compare import main  # noqa: PLC0415  draws

    main(folder, revisions)


@click.command()
@click.pass_obj
def report(project: Project) -> None:
    """Write reports/report.html from what reports/ holds, also of a model that the gate refuses."""
    from .report.report import again  # noqa: PLC0415  draws

    click.echo(f"open {again(project)} in a browser")
