"""What docs/prediction.md shows works as it stands, in a project whose pipeline has run."""

import shutil
from pathlib import Path

import pytest
from pages import blocks
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


# The guide's database "has a table `flights` with the columns".
FLIGHTS = """import sqlite3, polars as pl
rows = pl.read_parquet("data/examples.parquet").with_columns(pl.col(pl.Datetime).cast(pl.String))
with sqlite3.connect("build/flights.sqlite") as database:
    database.execute(f"CREATE TABLE flights ({', '.join(rows.columns)})")
    marks = ", ".join("?" * rows.width)
    database.executemany(f"INSERT INTO flights VALUES ({marks})", rows.rows())"""


def guide(project: Path, language: str) -> str:
    """Join the blocks of a language in the guide."""
    return "\n".join(blocks((project / "docs/prediction.md").read_text(), language))


def test_the_commands_of_the_guide_work_one_after_the_other(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    (copy / "guide.sh").write_text(guide(copy, "sh"))
    (copy / "build").mkdir()
    run([str(copy / ".venv/bin/python"), "-c", FLIGHTS], copy)
    said = run(["bash", "-e", "guide.sh"], copy, variables=own)
    assert said.count("rows scored, 0 in quarantine") == guide(copy, "sh").count("predict ")
    assert "outcomes recorded" in said


def test_the_python_of_the_guide_works(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    program = guide(copy, "python")
    said = run([str(copy / ".venv/bin/python"), "-c", program], copy, variables=own)
    assert "contributions" in said
