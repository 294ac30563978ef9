"""What docs/prediction.md shows works as it stands, in a project whose pipeline has run."""

import re
import shutil
from pathlib import Path

import pytest
from project import run, venv


@pytest.fixture
def copy(project: Path, sample: Path, tmp_path: Path) -> Path:
    """Copy the project with the sample's examples and model, and the shared environment."""
    leave = shutil.ignore_patterns(".venv", "build", ".git")
    copy = Path(shutil.copytree(project, tmp_path / "copy", symlinks=True, ignore=leave))
    shutil.copytree(sample / "models", copy / "models")
    shutil.copyfile(sample / "data/examples.parquet", copy / "data/examples.parquet")
    (copy / ".venv").symlink_to(venv())
    return copy


def blocks(project: Path, language: str) -> str:
    """Join the blocks of a language in the guide."""
    guide = (project / "docs/prediction.md").read_text()
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", guide, flags=re.DOTALL))


def test_the_commands_of_the_guide_work_one_after_the_other(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    (copy / "guide.sh").write_text(blocks(copy, "sh"))
    said = run(["bash", "-e", "guide.sh"], copy, variables=own)
    assert said.count("rows scored, 0 in quarantine") == blocks(copy, "sh").count("predict")
    assert "outcomes recorded" in said


def test_the_python_of_the_guide_works(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    program = blocks(copy, "python")
    said = run([str(copy / ".venv/bin/python"), "-c", program], copy, variables=own)
    assert "contributions" in said
