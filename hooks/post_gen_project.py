"""Removes empty folders, refuses the name of a locked package, prints the next command."""

import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

# cookiecutter skips a file whose name renders empty, but leaves the folder that held it.
for folder in (".github/workflows", ".github"):
    with suppress(OSError):  # it holds something
        Path(folder).rmdir()

# A local copy of the template may hold bytecode, which Git does not track.
for bytecode in sorted(Path().rglob("__pycache__")):
    shutil.rmtree(bytecode)

# pip would replace a locked package with a project of the same name.
slug = re.sub(r"[-_.]+", "-", Path.cwd().name).lower()
for lock in sorted(Path("requirements").glob("*.txt")):
    if re.search(rf"(?m)^{slug}==", lock.read_text(encoding="utf-8")):
        sys.exit(
            f'error: project_slug "{Path.cwd().name}" is the name of a package in requirements/'
            f"{lock.name}, which the project would replace: choose another name.\n\n"
            "Nothing was generated: change the answer above. Ignore the traceback below.\n"
        )

print("Next: cd {{ cookiecutter.project_slug }} && make setup repro")
