"""The commands under `notebook`: thin, each says what its module did."""

from pathlib import Path

import click

from ..data.commands import today
from ..errors import InputError
from ..text_table import text_table
from . import exploration


@click.group()
def notebook() -> None:
    """Take a notebook to production: document, separate, integrate, prove."""


@notebook.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What to call it; the name of the file by default.")
@click.pass_context
def import_(context: click.Context, file: Path, name: str) -> None:
    """Document FILE.ipynb: store its outputs, strip and commit it, list what to correct."""
    from .importing import import_notebook  # noqa: PLC0415  only notebooks need these libraries

    made = exploration.named(name or file.stem)
    command = context.find_root().info_name or "COMMAND"
    report = import_notebook(file, made, command=command, today=today())
    for each in report.reads:
        click.echo(f"cell {each.cell} reads {each.what or 'a database'}: {each.advice(command)}")
    for package, lock in report.imports:
        click.echo(f"imports {package}: {lock}")
    for number, fault in report.faults:
        click.echo(f"cell {number} {fault}" if number else f"the notebook {fault}")
    click.echo(
        f"committed {made.script} and {made.page}: next, `{command} notebook map {made.name}`"
    )


@notebook.command("map")
@click.argument("name")
@click.pass_context
def map_(context: click.Context, name: str) -> None:
    """Separate: propose a tag for each cell of NAME without one, show who reads and writes what."""
    from .calls import modules  # noqa: PLC0415  only notebooks need these libraries
    from .mapping import HEAD, map_cells, row  # noqa: PLC0415

    known = exploration.imported(name)
    found, new, target = map_cells(known)
    click.echo(text_table(HEAD, [row(cell, set(modules(found))) for cell in found]))
    click.echo(f"{len(new)} tags proposed in {known.script}: correct them there; drawn in {target}")
    command = context.find_root().info_name
    click.echo(f"next: `{command} notebook graduate {known.name}`")


@notebook.command("graduate")
@click.argument("name")
@click.pass_context
def graduate_(context: click.Context, name: str) -> None:
    """Integrate: write the tagged cells of NAME as functions and tests; nothing is overwritten."""
    from .graduate import graduate, only_for_notebooks  # noqa: PLC0415  only notebooks need these libraries

    known = exploration.imported(name)
    plan, written = graduate(known, context.obj.package)
    for path in written:
        click.echo(f"wrote {path}")
    for cell, reason in plan.left:
        click.echo(f"left cell {cell.number}: {reason}")
    for package, lock in only_for_notebooks(plan):
        click.echo(f"the functions need {package}, {lock}")
    command = context.find_root().info_name
    click.echo(f"next: `{command} notebook prove {known.name}`, then fill in the tests")


@notebook.command("prove")
@click.argument("name")
def prove_(name: str) -> None:
    """Run the notebook NAME and what graduated from it, and compare their results by name."""
    from .proof import prove  # noqa: PLC0415  only notebooks need these libraries

    found = prove(exploration.imported(name))
    click.echo(text_table(("result", "", "kind, or the first difference"), found))
    differ = [result for result, verdict, _ in found if verdict == "differs"]
    if differ:
        raise InputError(f"{len(differ)} of {len(found)} results differ: {', '.join(differ)}")
    click.echo("equal")
