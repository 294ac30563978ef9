"""The machinery is tested where it lies, in a project's environment, under the default's name."""

import os
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parents[2]
PACKAGE = TEMPLATE / "{{cookiecutter.project_slug}}/src/{{cookiecutter.package_name}}"
LINKS = TEMPLATE / "build/machinery"


def link() -> None:
    """Let the package have a name by which it can be imported, here and in what a test starts."""
    LINKS.mkdir(parents=True, exist_ok=True)
    part = LINKS / f"part-{os.getpid()}"
    part.symlink_to(PACKAGE)
    part.replace(LINKS / "flight_delays")
    sys.path.insert(0, str(LINKS))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(LINKS), os.environ.get("PYTHONPATH")])
    )


link()
