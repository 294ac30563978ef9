"""The tasks of the DAG: how they are called, what they need, and what they may find changed."""

import re
from collections.abc import Iterable
from pathlib import Path
from shlex import join, quote

from .graph import load, outputs, read, stages

STEPS = ("refresh", "changed", "sign_off", "promote")  # of scripts/airflow/pipeline.py


def names(of_stages: Iterable[str]) -> dict[str, str]:
    """Return the name of each stage's task; Airflow takes letters, digits, `_`, `-` and `.`.

    Raise ValueError if two tasks would have the same.
    """
    taken = {step: f"the task {step}" for step in STEPS}
    found = {}
    for stage in of_stages:
        task = re.sub(r"[^\w.-]", ".", stage)
        if task in taken:
            raise ValueError(
                f"dvc.yaml: Airflow would call the stage {stage} like {taken[task]}: rename it"
            )
        taken[task] = f"the stage {stage}"
        found[stage] = task
    return found


def command(folder: Path, *words: str, clones: bool = False) -> str:
    """Return the line by which bash runs scripts/airflow/task.sh in a project's folder.

    It ends with a space, because Airflow takes a line that ends in .sh for the name of a file.
    """
    own = f"CLONES={'yes' if clones else ''}"
    return f"cd {quote(str(folder))} && {own} exec sh scripts/airflow/task.sh {join(words)} "


def needed(folder: Path, stage: str) -> list[str]:
    """Return the stages whose outputs a clone pulls to run one: those before it, and itself.

    Without its own outputs, an up-to-date stage would run again; a stage that never ran has none.
    """
    lock = folder / "dvc.lock"
    ran = load(lock).get("stages", {}) if lock.is_file() else {}
    return sorted({*stages(folder)[stage], *({stage} & ran.keys())})


def sources(folder: Path) -> list[str]:
    """Return what Git calls all files of the project but those that the pipeline writes."""
    written = {path for stage in read(folder).values() for path in outputs(stage)}
    written |= {"dvc.lock", "data/external", "data/sources.json"}
    return [
        ".",
        ":(exclude,glob)**/.gitignore",
        *(f":(exclude,literal){path}" for path in sorted(written)),
    ]
