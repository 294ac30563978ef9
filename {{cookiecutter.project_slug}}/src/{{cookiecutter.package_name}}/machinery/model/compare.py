"""Compares experiments and releases: a table in Markdown, and one page with it and the plots."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .. import page
from ..errors import InputError
from ..files import write_folder
from ..text_table import text_table
from .compare_plots import pictures

# Columns of hashes (a colon names a key of a file, such as a version) and of the queue.
DROP = "((data|docs|models|reports|requirements|src)/[^:]*|Created|State|Executor)$"
TABLE = ("--md", "--sha", "--hide-workspace", "--hide-queued", "--hide-failed", f"--drop={DROP}")

KEYS = "test.keys"  # a column of the table only where revisions differ in it
EXPERIMENT = re.compile(r"[├└─ ]+\w+ \[(.+)\]")  # as DVC shows it: its place, commit and name
NONE = "-"  # where a revision has no value
ALONE = (
    "There is one line, so nothing to compare yet:"
    ' `make experiment ARGS="-S train.learning_rate=0.05"` adds one with other parameters,'
    " `make release` keeps a version."
)
DIFFERENT = f"The metrics are of different test rows: compare only lines with the same {KEYS}."


def ask(*command: str) -> str:
    """Return what `command` says; raise InputError with its last line when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or "it did not say why").splitlines()[-1]
        raise InputError(f"{' '.join(command[:3])}: {reason}: is all committed that was run?")
    return done.stdout


def commits() -> dict[str, str]:
    """Return the name of each commit to compare: HEAD and the releases, by its short hash."""
    names = ["HEAD", *ask("git", "tag", "--list", "model@v*", "--sort=version:refname").split()]
    return {ask("git", "rev-parse", "--short=7", f"{name}^0").strip(): name for name in names}


def measured(names: dict[str, str]) -> list[str]:
    """Return those of `names` whose pipeline has run: without plots in one, DVC draws none."""
    return [name for name in names.values() if ask("git", "ls-tree", name, "dvc.lock")]


def table(names: dict[str, str]) -> str:
    """Return the metrics and parameters in which the experiments and `names` differ."""
    show = ("dvc", "exp", "show", *TABLE, *(f"--rev={name}" for name in names.values()))
    # Of one line alone nothing can have changed, and DVC prints no table.
    text = ask(*show, "--only-changed").strip() or ask(*show).strip()
    for commit, name in names.items():
        text = text.replace(f"| {commit} ", f"| {name} ")
    head, *lines = cells(text)
    rows = {line[head.index(KEYS)] for line in lines} - {NONE} if KEYS in head else set()
    notes = [DIFFERENT] * (len(rows) > 1) + [ALONE] * (len(lines) <= 1)
    return "\n\n".join([text, *notes])


def cells(text: str) -> list[list[str]]:
    """Return the cells of DVC's table in Markdown, its head first, with names of experiments."""
    lines = [line[1:-1].split("|") for line in text.splitlines() if line.startswith("|")]
    lines.pop(1)  # the rule below the head
    stripped = [[cell.strip() for cell in line] for line in lines]
    found = [[NONE if cell in ("", "!") else cell for cell in line] for line in stripped]
    return [[EXPERIMENT.sub(r"\1", name), *others] for name, *others in found]


def readable(text: str) -> str:
    """Return a table in Markdown and the notes below it, with the table as text."""
    head, *rows = cells(text)
    return "\n\n".join([text_table(head, rows), *text.split("\n\n")[1:]])


def numbers(text: str) -> page.Html:
    """Return a table in Markdown and its notes for a page: a column for each experiment."""
    (_, *names), *rows = zip(*cells(text), strict=True)
    shown = page.table(["column", *names], rows, numbers=range(1, len(names) + 1))
    return page.Html(shown + "".join(map(page.paragraph, text.split("\n\n")[1:])))


def main(folder: Path, revisions: Sequence[str] = ()) -> None:
    """Write a table and a page of plots to `folder`; print the table and the names of the files.

    Without `revisions` HEAD, the releases and the experiments are compared; with them, their plots
    alone, with those of the workspace.
    """
    if revisions:
        text, drawn = "", [name for name in revisions if measured({name: name})]
        lines = ["workspace", *drawn]
    else:
        names = commits()
        text = table(names)
        lines = drawn = measured(names) + ask("dvc", "exp", "list", "--name-only").split()
    if not drawn:
        raise InputError("nothing has run yet: make repro, and commit it, or make experiment")
    specs = json.loads(ask("dvc", "plots", "diff", "--json", "--split", *drawn))["data"]
    parts = {"Numbers": numbers(text)} if text else {}
    parts["Plots"] = page.figures(dict(pictures(specs, lines)))
    made = page.page("Comparison", parts, lead=f"Compared: {', '.join(lines)}.")

    def fill(part: Path) -> None:
        if text:
            (part / "table.md").write_text(text + "\n", encoding="utf-8")
        (part / "compare.html").write_text(made, encoding="utf-8")

    write_folder(fill, folder)
    said = [readable(text), ""] if text else []
    print(*said, *sorted(folder.iterdir()), sep="\n")  # noqa: T201  meant to be read
