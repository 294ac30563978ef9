"""The section `airflow` of params.yaml, read by the project and, without Polars, by Airflow."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML


class Airflow(BaseModel):
    """When Airflow runs the pipeline, and what follows a failure."""

    model_config = ConfigDict(
        title="params.yaml: airflow", extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )

    schedule: str | None = None  # such as "0 4 * * *", five fields of cron in UTC; null: by hand
    retries: Annotated[int, Field(ge=0)] = 1
    retry_minutes: Annotated[float, Field(ge=0)] = 5
    clones: bool = False  # each task in a clone of its own, so that tasks run at the same time
    bump: Literal["major", "minor", "patch"] = "minor"  # of the version that a sign-off releases


def read(folder: Path) -> Airflow:
    """Return the settings of a project; raise ValueError naming each wrong one."""
    content = YAML(typ="safe").load((folder / "params.yaml").read_text(encoding="utf-8"))
    return Airflow.model_validate((content or {}).get("airflow", {}))
