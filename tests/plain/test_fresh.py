"""The weekly run says which pins moved and what broke, and fails when something did."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from project import TEMPLATE

MAKE = "lock:\n\t@sed -i 's/1.0/2.0/' requirements/dev.txt\n"


def fresh(folder: Path, run: str) -> tuple[int, str]:
    """Run .ci/fresh in a repository whose only pin moves; return its status and its report."""
    (folder / "requirements").mkdir()
    (folder / "requirements/dev.txt").write_text("polars==1.0 \\\n    --hash=sha256:00\n")
    (folder / "Makefile").write_text(MAKE)
    (folder / ".ci").mkdir()
    shutil.copy(TEMPLATE / ".ci/fresh", folder / ".ci")
    for command in (["git", "init", "--quiet"], ["git", "add", "."]):
        subprocess.run(command, cwd=folder, check=True)
    environment = os.environ | {"CI_RUN": run}
    command = [".ci/fresh", "build/fresh.md"]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    return done.returncode, (folder / "build/fresh.md").read_text()


@pytest.mark.parametrize(("run", "status"), [("true", 0), ("./tests", 1)])
def test_the_report_names_the_pins_that_moved_and_what_broke(
    run: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "tests").write_text("#!/bin/sh\necho 'FAILED tests/test_a.py::test_b'\nexit 1\n")
    (tmp_path / "tests").chmod(0o755)
    returned, report = fresh(tmp_path, run)
    assert returned == status
    assert "    -polars==1.0 \n    +polars==2.0 \n" in report
    assert ("What broke:\n\n    FAILED tests/test_a.py::test_b\n" in report) == bool(status)
