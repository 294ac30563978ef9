"""Removes the folders that an answer left empty: cookiecutter skips a file, never its folder."""

from contextlib import suppress
from pathlib import Path

for folder in (".github/workflows", ".github"):
    with suppress(OSError):  # it holds something
        Path(folder).rmdir()
