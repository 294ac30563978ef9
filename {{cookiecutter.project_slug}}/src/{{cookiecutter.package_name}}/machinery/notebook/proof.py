"""Runs a notebook, then what graduated from it on the same data, and compares their results."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import InputError
from .cells import cells, read_script
from .exploration import Exploration, library


def prove(exploration: Exploration) -> list[tuple[str, str, str]]:
    """Return each result's name, whether it is equal, and where it differs first."""
    if not exploration.steps.is_file():
        raise InputError(f"{exploration.steps} is missing: `notebook graduate` writes it")
    nbformat = library("nbformat")
    notebook = read_script(exploration.script)
    numbers = [cell.number for cell in cells(notebook)]
    with TemporaryDirectory() as folder:
        target = Path(folder, "found.json")
        paths = (str(exploration.steps.resolve()), str(target))
        source = f"from {__package__}.comparing import compare_all as _compare\n"
        source += f"_compare(dict(globals()), *{paths!r})"
        notebook.cells.append(nbformat.v4.new_code_cell(source))
        _run(notebook, exploration, numbers)
        found = [tuple(each) for each in json.loads(target.read_text(encoding="utf-8"))]
    if not any(kind != "not compared" for _, kind, _ in found):
        raise InputError(
            f"{exploration.steps} returns no result that can be compared: let it return tables,"
            " numbers or text"
        )
    return found


def _run(notebook: Any, exploration: Exploration, numbers: list[int]) -> None:
    """Run a notebook in the project's Python; raise InputError when a cell fails."""
    nbclient = library("nbclient")
    library("ipykernel")
    where = {"metadata": {"path": str(exploration.script.parent)}}
    client = nbclient.NotebookClient(notebook, timeout=None, kernel_name="python3", resources=where)
    client.extra_arguments = ["--IPKernelApp.log_level=40"]  # it warns of its port
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        failed = [place for place, cell in enumerate(code) if _failed(cell)]
        what = f"{error.ename}: {error.evalue}".splitlines()[0]
        if failed and failed[0] < len(numbers):
            raise InputError(
                f"{exploration.script}: cell {numbers[failed[0]]} fails ({what}): correct it there,"
                " so that the notebook runs from top to bottom"
            ) from None
        raise InputError(f"{exploration.steps} fails ({what}): correct it or the modules") from None
    except (nbclient.exceptions.DeadKernelError, RuntimeError) as error:
        raise InputError(f"the kernel ended: {error}; is there enough memory?") from None


def _failed(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)
