"""A repository with Git and DVC, and notebooks made of cells."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from machinery.project import Project
from tiny.command import invoke

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
IDENTITY = {
    f"GIT_{role}_{field}": "Ada" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")
}


def code(source: str, count: int | None = None, *outputs: object, tag: str = "") -> object:
    """Return a code cell."""
    metadata = {"tags": [tag]} if tag else {}
    return new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def text(source: str) -> object:
    """Return a Markdown cell."""
    return new_markdown_cell(source)


def shown(**data: str) -> object:
    """Return an output: its kinds are image_png, text_html or text_plain."""
    kinds = {kind.replace("_", "/"): content for kind, content in data.items()}
    return new_output("display_data", data=kinds)


def save(path: Path, *cells: object, metadata: object = PYTHON) -> Path:
    """Write a notebook."""
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty project in Git and DVC: change a copy."""
    folder = tmp_path_factory.mktemp("notebook") / "project"
    folder.mkdir()
    for command in (["git", "init", "--quiet"], [sys.executable, "-m", "dvc", "init", "--quiet"]):
        subprocess.run(command, cwd=folder, check=True)
    return folder


@pytest.fixture
def project(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a project without notebooks."""
    folder = tmp_path / "project"
    shutil.copytree(repository, folder)
    monkeypatch.chdir(folder)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def run() -> Callable[..., str]:
    """Run a command of `notebook` that must succeed, and return what it printed."""

    def run(*arguments: object) -> str:
        result = invoke("notebook", *arguments, project=Project(package="shop"))
        assert result.exit_code == 0, result.output
        return result.output

    return run
