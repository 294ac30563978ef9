"""The commands under `notebook`: thin, each says what its module did."""

from pathlib import Path

import click

from ..data.commands import today
from . import exploration


@click.group()
def notebook() -> None:
    """Take a notebook to production: document, separate, integrate, prove."""


@notebook.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="What to call it; the name of the file by default.")
@click.pass_context
def import_(context: click.Context, file: Path, name: str) -> None:
    """Document FILE.ipynb: store its outputs, strip and commit it, list what stands in the way."""
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
    from .page import table  # noqa: PLC0415

    known = exploration.imported(name)
    found, new, target = map_cells(known)
    click.echo(table(HEAD, [row(cell, set(modules(found))) for cell in found]))
    click.echo(f"{len(new)} tags proposed in {known.script}: correct them there; drawn in {target}")
    command = context.find_root().info_name
    click.echo(f"next: `{command} notebook graduate {known.name}`")
