"""Removes what an answer left empty, refuses the name of a locked package, says what is next."""

import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

# cookiecutter skips a file whose name an answer left empty, never its folder.
for folder in (".github/workflows", ".github"):
    with suppress(OSError):  # it holds something
        Path(folder).rmdir()

# A local copy of the template may hold bytecode, which Git does not track.
for bytecode in sorted(Path().rglob("__pycache__")):
    shutil.rmtree(bytecode)

slug = re.sub(r"[-_.]+", "-", Path.cwd().name).lower()
for lock in sorted(Path("requirements").glob("*.txt")):
    if re.search(rf"(?m)^{slug}==", lock.read_text(encoding="utf-8")):
        sys.exit(
            f'error: project_slug "{Path.cwd().name}" is the name of a package in requirements/'
            f"{lock.name}, which the project would replace: choose another name."
        )

print("Next: cd {{ cookiecutter.project_slug }} && make setup repro")
