"""Experiments and releases side by side: a table in Markdown, and the plots as pictures."""

import json
import subprocess
from pathlib import Path

import vl_convert

from ..errors import InputError
from ..files import write_folder

TABLE = ("--md", "--only-changed", "--sha", "--hide-workspace", "--hide-queued", "--hide-failed")
# Columns of hashes (a colon names a key of a file, such as a version) and of the queue.
DROP = "((data|docs|models|reports|requirements|src)/[^:]*|Created|State|Executor)$"


def ask(*command: str) -> str:
    """Return the output of `command`; raise InputError with its last line if it fails."""
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
    """Return those of `names` whose pipeline has run: without plots of each, DVC draws nothing."""
    return [name for name in names.values() if ask("git", "ls-tree", name, "dvc.lock")]


def table(names: dict[str, str]) -> str:
    """Return the metrics and parameters in which the experiments and `names` differ."""
    revisions = [f"--rev={name}" for name in names.values()]
    text = ask("dvc", "exp", "show", *TABLE, f"--drop={DROP}", *revisions)
    for commit, name in names.items():
        text = text.replace(f"| {commit} ", f"| {name} ")
    return text.strip()


def main(folder: Path) -> None:
    """Write the table and the plots to `folder` and print the table and the plots' names."""
    names = commits()
    text = table(names)
    drawn = measured(names) + ask("dvc", "exp", "list", "--name-only").split()
    if not drawn:
        raise InputError("nothing has run yet: make repro, and commit it, or make experiment")
    specs = json.loads(ask("dvc", "plots", "diff", "--json", *drawn))["data"]

    def fill(part: Path) -> None:
        (part / "table.md").write_text(text + "\n", encoding="utf-8")
        for name, plots in specs.items():
            if not plots:  # of another kind of task
                continue
            # `dvc plots show` would load its JavaScript from a public CDN; this needs no network.
            picture = vl_convert.vegalite_to_png(plots[0]["content"], scale=2)
            (part / f"{Path(name).stem}.png").write_bytes(picture)

    write_folder(fill, folder)
    print(text, "", *sorted(folder.iterdir()), sep="\n")  # noqa: T201  for the user
