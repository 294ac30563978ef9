"""The section `airflow` of params.yaml, read where neither pydantic nor Polars need be."""

from dataclasses import dataclass, fields
from pathlib import Path

from ruamel.yaml import YAML


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When the pipeline runs by itself, and what follows a failure."""

    schedule: str | None = None  # such as "0 4 * * *", five fields of cron in UTC; null: by hand
    retries: int = 1
    retry_minutes: float = 5
    clones: bool = False  # each task in a clone of its own, so that tasks run at the same time
    bump: str = "minor"  # of the version that a sign-off releases


def read(folder: Path) -> Schedule:
    """Return the settings of a project; raise ValueError for a name that is not known."""
    text = (folder / "params.yaml").read_text(encoding="utf-8")
    given = (YAML(typ="safe").load(text) or {}).get("airflow") or {}
    known = [each.name for each in fields(Schedule)]
    if unknown := [name for name in given if name not in known]:
        raise ValueError(
            f"params.yaml: airflow.{unknown[0]} is not a parameter: there are {', '.join(known)}"
        )
    return Schedule(**given)
