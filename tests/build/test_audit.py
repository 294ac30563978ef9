"""`make audit` with advisories from a local source, which replaces the real one."""

import os
import subprocess
from pathlib import Path

from advisories import advisories
from project import venv


def audit(project: Path, vulnerable: str = "") -> subprocess.CompletedProcess[str]:
    """Run the target while one package, or none, has an advisory."""
    with advisories(vulnerable) as source:
        return subprocess.run(
            ["make", "audit", f"VENV={venv()}"],
            cwd=project,
            env=os.environ | source | {"PYTHONPATH": str(project / "src")},
            check=False,
            capture_output=True,
            text=True,
        )


def test_locks_without_an_advisory_are_cleared(project: Path) -> None:
    done = audit(project)
    assert done.returncode == 0, done.stderr
    assert "| polars |" in (project / "build/licenses.md").read_text()


def test_a_vulnerable_package_is_refused_until_it_is_ignored_with_a_reason(project: Path) -> None:
    done = audit(project, "polars")
    assert done.returncode != 0
    assert "PYSEC-2026-1" in done.stdout
    assert "error: the locks are not cleared" in done.stderr
    ignored = project / "requirements/audit.ignore"
    before = ignored.read_text()
    try:
        ignored.write_text(f"{before}PYSEC-2026-1  # planted\n")
        assert audit(project, "polars").returncode == 0
    finally:
        ignored.write_text(before)
