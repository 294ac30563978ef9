"""The machinery is tested where it lies, in a project's environment, with a tiny project."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
MACHINERY = (
    HERE.parents[1] / "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}/machinery"
)
LINKS = HERE.parents[1] / "build/machinery"


def link() -> None:
    """Make `machinery` and `tiny` importable, here and in the processes that a test starts."""
    LINKS.mkdir(parents=True, exist_ok=True)
    part = LINKS / f"part-{os.getpid()}"
    part.symlink_to(MACHINERY)
    part.replace(LINKS / "machinery")
    paths = [str(LINKS), str(HERE)]
    sys.path[:0] = paths
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [*paths, os.environ.get("PYTHONPATH")])
    )


link()
