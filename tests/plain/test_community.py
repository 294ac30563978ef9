"""The forms of the repository, and how to cite it, fit their schemas."""

import subprocess
import sys
from pathlib import Path

import pytest
from project import TEMPLATE

CHECK = str(Path(sys.executable).with_name("check-jsonschema"))


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("citation-file-format", "CITATION.cff"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
    ],
)
def test_a_file_for_people_who_come_by_is_valid(schema: str, pattern: str) -> None:
    files = sorted(map(str, TEMPLATE.glob(pattern)))
    assert files
    command = [CHECK, "--builtin-schema", f"vendor.{schema}", *files]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
