"""A project of its own for tests that add, fetch and lose external tables."""

import subprocess
from pathlib import Path

import pytest

from tiny.postgresql import server  # noqa: F401  a fixture for the tests


@pytest.fixture
def external(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for external data in a new project, which is the current folder."""
    project = tmp_path / "project"
    project.joinpath(".dvc").mkdir(parents=True)
    project.joinpath("data/external").mkdir(parents=True)
    project.joinpath("pyproject.toml").write_text("[tool.external-data]\nlicenses = ['CC0-1.0']\n")
    project.joinpath(".dvc/config").write_text(
        """[core]\nremote = storage\n['remote "storage"']\nurl = "../../storage, #1"\n"""
    )
    subprocess.run(["git", "init", "--quiet", project], check=True)
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's own DVC and SSH settings
    monkeypatch.setenv("DVC_NO_ANALYTICS", "true")
    return project / "data/external"
