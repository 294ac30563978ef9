"""The versions from the lock that decide the numbers: a change of one retrains the model."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from .errors import InputError
from .files import write_json
from .locks import pins
from .project import Project

logger = logging.getLogger(__name__)

DECIDING = ("numpy", "polars", "scikit-learn", "scipy")
# Those of the models, as far as a lock pins them.
MODELS = (
    "catboost",
    "lightgbm",
    "onnx",
    "onnxmltools",
    "onnxruntime",
    "skl2onnx",
    "torch",
    "xgboost",
    "xgboost-cpu",
)


def environment(lock: str, deciding: Sequence[str] = DECIDING) -> dict[str, str]:
    """Return Python's minor version and those of the deciding packages in the text of a lock."""
    versions = pins(lock)
    missing = [name for name in deciding if name not in versions]
    if missing:
        raise InputError(f"the lock does not pin {', '.join(missing)}: run `make lock`")
    known = sorted({*deciding, *(name for name in MODELS if name in versions)})
    return {"python": python(), **{name: versions[name] for name in known}}


def python() -> str:
    """Return the running Python's version without its patch, such as 3.13.

    `make setup` writes the same to requirements/python.txt, which this stage depends on.
    """
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def main(project: Project, lock: Path, target: Path) -> None:
    """Write the versions that decide the numbers to `target`."""
    deciding = sorted({*DECIDING, *project.deciding})
    versions = environment(lock.read_text(encoding="utf-8"), deciding)
    for name in sorted(versions.keys() - {"python"}):
        if version(name) != versions[name]:
            logger.warning(
                "%s %s is installed, the lock pins another: make setup", name, version(name)
            )
    write_json(versions, target)
