"""The blocks of docs/prediction.md work in a project whose pipeline has run."""

import re
import shutil
from pathlib import Path

import pytest
from pages import blocks, section
from project import run, venv


@pytest.fixture
def copy(project: Path, sample: Path, tmp_path: Path) -> Path:
    """Copy the project with the sample's examples and model, and the shared environment."""
    leave = shutil.ignore_patterns(".venv", "build", ".git")
    copy = Path(shutil.copytree(project, tmp_path / "copy", symlinks=True, ignore=leave))
    shutil.copytree(sample / "models", copy / "models")
    shutil.copyfile(sample / "data/rows.parquet", copy / "data/rows.parquet")
    (copy / ".venv").symlink_to(venv())
    return copy


# The guide's database has a table with these columns.
FILL = """import sqlite3, sys, polars as pl
rows = pl.read_parquet("data/rows.parquet").with_columns(pl.col(pl.Datetime).cast(pl.String))
with sqlite3.connect(sys.argv[1]) as database:
    database.execute(f"CREATE TABLE {sys.argv[2]} ({', '.join(rows.columns)})")
    marks = ", ".join("?" * rows.width)
    database.executemany(f"INSERT INTO {sys.argv[2]} VALUES ({marks})", rows.rows())"""


BATCH = ("Files", "Databases", "What really happened")


def guide(project: Path, language: str, sections: tuple[str, ...]) -> str:
    """Join the blocks of a language in some sections of the guide."""
    page = (project / "docs/prediction.md").read_text()
    return "\n".join(block for name in sections for block in blocks(section(page, name), language))


def test_the_commands_of_the_guide_work_one_after_the_other(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    commands = guide(copy, "sh", BATCH)
    (copy / "guide.sh").write_text(commands)
    (copy / "build").mkdir()
    names = re.findall(r"sqlite:///(\S+)|--table (\w+)", commands)
    run([str(copy / ".venv/bin/python"), "-c", FILL, *map("".join, names)], copy)
    said = run(["bash", "-e", "guide.sh"], copy, variables=own)
    assert said.count("rows scored, 0 in quarantine") == commands.count("predict ")
    assert "outcomes recorded" in said


def test_the_python_of_the_guide_works(copy: Path) -> None:
    own = {"PYTHONPATH": str(copy / "src")}
    program = guide(copy, "python", ("As a library",))
    said = run([str(copy / ".venv/bin/python"), "-c", program], copy, variables=own)
    assert "contributions" in said
