"""Parcels drawn by a seed, and a folder in which the tiny project's pipeline has run."""

import json
import shutil
from contextlib import chdir
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from ruamel.yaml import YAML

from machinery.project import Project
from machinery.stages import run_stage

from .data.schema import PARCELS
from .project import PROJECT

HERE = Path(__file__).parent
SHIPPED = HERE.parents[2] / "{{cookiecutter.project_slug}}"  # lock and templates of the cards

POINTER = """\
outs:
- md5: abc
  size: 26000
  path: parcels.parquet
desc: A row is a parcel.
meta:
  source: drawn by a seed
  license: CC0-1.0
"""
USE_CASE = """\
# Use case

## Decision

*What changes?*

The shop warns.

## Users

*Who reads it?*

The shop.

## Weak points

*What is thin?*

- Such parcels do not exist.
"""
# Each stage with its paths, as dvc.yaml has them.
PIPELINE = {
    "environment": "requirements/dev.txt data/environment.json",
    "clean": "data/external/parcels.parquet data/clean/parcels.parquet"
    " data/quarantine/parcels.parquet",
    "rows": "data/clean data/quarantine data/rows.parquet reports/data.json",
    "features": "data/rows.parquet data/features.parquet",
    "split": "data/rows.parquet data/features.parquet data/split/train.parquet"
    " data/split/validation.parquet data/split/test.parquet reports/split.json",
    "train": "data/split/train.parquet data/split/validation.parquet data/environment.json"
    " data/sources.json models/candidate reports/training",
    "evaluate": "models/candidate data/split/train.parquet data/split/validation.parquet"
    " data/split/test.parquet reports/metrics.json reports/evaluation.json reports/plots",
    "card": "reports docs",
    "gate": "models/candidate data/split/train.parquet data/split/test.parquet"
    " reports/evaluation.json reports/gate.json reports/gate.md",
    "report": "reports docs data/rows.parquet reports/pictures",
}
SLOW = "report"  # seconds of drawing, so only a test of it runs it


def parcels(rows: int = 1200, seed: int = 1) -> pl.DataFrame:
    """Draw `rows` parcels as their external table holds them, sent from January to June.

    Stops and weight slow a parcel down, by the south more than by the north. The last five are
    still on their way.
    """
    draw = np.random.default_rng(seed)
    carrier = draw.choice(["north", "south"], rows)
    weight, stops = draw.uniform(0.1, 40, rows).round(2), draw.integers(0, 10, rows)
    slow = np.where(carrier == "south", 0.5, 0.25)
    days = (slow * stops + 0.03 * weight + draw.exponential(0.6, rows)).round(2)
    start, step = datetime(2026, 1, 1, 8), timedelta(days=180) / rows
    columns = {
        "number": np.arange(rows),
        "sent": [start + row * step for row in range(rows)],
        "carrier": carrier,
        "weight": weight,
        "stops": stops,
        "days": [None if row >= rows - 5 else days[row] for row in range(rows)],
    }
    return pl.DataFrame(columns, schema={n: c.dtype.type for n, c in PARCELS.columns.items()})


def lay_out(folder: Path) -> Path:
    """Write all that the pipeline reads to `folder` and return it."""
    for each in ("data/external", "requirements", "docs"):
        (folder / each).mkdir(parents=True)
    parcels().write_parquet(folder / "data/external/parcels.parquet")
    (folder / "data/external/parcels.parquet.dvc").write_text(POINTER)
    (folder / "data/sources.json").write_text(json.dumps({"parcels": {"sha256": "5d6e"}}))
    (folder / "docs/use-case.md").write_text(USE_CASE)
    shutil.copytree(SHIPPED / "docs/templates", folder / "docs/templates")
    for lock in ("dev", "explore", "spark"):
        shutil.copy(SHIPPED / f"requirements/{lock}.txt", folder / "requirements")
    shutil.copy(HERE / "params.yaml", folder)
    shutil.copy(SHIPPED / "dvc.yaml", folder)
    return folder


def run(folder: Path, project: Project = PROJECT, **changes: object) -> Path:
    """Run the whole pipeline in a new folder, with `changes` of params.yaml, and return it."""
    with chdir(lay_out(folder)):
        settings = YAML(typ="safe").load(Path("params.yaml"))
        for name, value in changes.items():
            merge = isinstance(value, dict) and name not in {"costs", "split"}
            settings[name] = settings[name] | value if merge else value
        YAML().dump(settings, Path("params.yaml"))
        reproduce(project)
    return folder


def reproduce(project: Project = PROJECT) -> None:
    """Run every stage in the working directory, except the slow one."""
    for name in PIPELINE:
        if name != SLOW:
            run_one(name, project)


def run_one(name: str, project: Project = PROJECT) -> None:
    """Run one stage in the working directory."""
    run_stage(project, name, [Path(path) for path in PIPELINE[name].split()])
