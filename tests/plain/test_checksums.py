"""The checksums of the files that a project does not own are current."""

from pathlib import Path

import checksums
import pytest


@pytest.mark.parametrize("folder", checksums.FENCED, ids=lambda folder: folder.name)
def test_the_checksums_are_current(folder: Path) -> None:
    stated = (folder / checksums.NAME).read_text(encoding="utf-8")
    assert stated == checksums.checksums(folder), "run `make fix`"
