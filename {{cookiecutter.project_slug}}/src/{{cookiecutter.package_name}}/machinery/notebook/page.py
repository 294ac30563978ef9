"""The page of an imported notebook: who, when, which data and packages, what it showed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .exploration import Exploration
from .reads import Read

PICTURES = (".png", ".jpg", ".svg")
# Who does what: the handover.
CHECKLIST = """\
## Handover

Document

- [x] The notebook, its outputs and this page are stored (`notebook import`).
- [ ] The author wrote above what the question was, and what the answer is.
- [ ] The author corrected every cell listed under *To correct*.
- [ ] The engineer added each thing that is read as an external table (`data add`).

Separate

- [ ] The author corrected the tags that `notebook map` proposed in {script}.
- [ ] Both agree on the key of a row, its moment, and what was known then.

Integrate

- [ ] The engineer ran `notebook graduate {name}` and placed what {left} holds.
- [ ] The engineer filled in the tests, and connected the functions in `project.py`.
- [ ] `notebook prove {name}` finds equal results; the author read the list.

Enhance

- [ ] The pipeline's split, gate and cards are in use: `make repro`.
- [ ] The author and the engineer own the use case and the runbook.
"""


@dataclass(frozen=True)
class Report:
    """What was found in a notebook: what it reads, its imports, and faults by cell."""

    reads: list[Read]
    imports: list[tuple[str, str]]
    faults: list[tuple[int, str]]


def page(
    exploration: Exploration,
    facts: Mapping[str, str],
    report: Report,
    files: Sequence[str],
    command: str,
) -> str:
    """Return the page in Markdown."""
    parts = [
        f"# {exploration.name}",
        table(("", ""), facts.items()),
        "## Reads",
        table(
            ("cell", "what", "to make it an external table"),
            ((each.cell, f"`{each.what}`", each.advice(command)) for each in report.reads),
        ),
        "## Packages",
        table(("package", "lock"), report.imports),
        "## To correct",
        table(("cell", "what is wrong"), ((each or "all", fault) for each, fault in report.faults)),
        "## Outputs",
        f"`dvc pull {exploration.outputs}.dvc` fetches them." if files else "",
        "\n".join(_link(exploration.name, name) for name in files) or "None.",
        CHECKLIST.format(name=exploration.name, script=exploration.script, left=exploration.left),
    ]
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown, or the word None."""
    lines = [[str(each).replace("|", "\\|") for each in row] for row in rows]
    if not lines:
        return "None."
    marks = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in [list(head), marks, *lines])


def _link(folder: str, name: str) -> str:
    return f"- {'!' if name.endswith(PICTURES) else ''}[{name}]({folder}/{name})"
