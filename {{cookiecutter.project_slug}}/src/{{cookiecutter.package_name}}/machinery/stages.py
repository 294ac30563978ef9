"""The stages of the pipeline, each a module with a `main` of its own."""

import inspect
import logging
import os
import time
from importlib import import_module
from pathlib import Path

from .errors import InputError
from .project import Project
from .runs import noted

logger = logging.getLogger(__name__)

# The module of each stage; its `main` takes the project and the paths of the command line.
STAGES = {
    "environment": "environment",
    "clean": "data.clean",
    "rows": "data.rows",
    "features": "data.features",
    "split": "data.split",
    "train": "model.train",
    "evaluate": "model.evaluate",
    "card": "model.card",
    "gate": "model.gate",
    "report": "model.report.report",
}


def run_stage(project: Project, name: str, paths: list[Path]) -> None:
    """Run the stage `name`; raise InputError for a wrong number of paths."""
    # By default XGBoost's threads wait for one another at full load, which takes minutes where
    # others use the processors, or a container gets a part of them. Read when imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    main = import_module(f".{STAGES[name]}", __package__).main
    wanted = list(inspect.signature(main).parameters)[1:]
    if len(paths) != len(wanted):
        raise InputError(
            f"stage {name}: {len(paths)} paths were given, give {len(wanted)}: {' '.join(wanted)}"
        )
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    start = time.monotonic()
    table = f"@{paths[0].stem}" if name == "clean" else ""  # one stage for each table
    with noted(name + table, paths):
        main(project, *paths)
    logger.info("stage %s: %.1f s", name, time.monotonic() - start)
