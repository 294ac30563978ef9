"""The blocks of the page about the service work."""

import shutil
from pathlib import Path

import pytest
from pages import blocks, section, serving
from project import run, venv


@pytest.fixture
def served(project: Path, sample: Path, tmp_path: Path) -> Path:
    """Combine the project and the sample's model."""
    folder = Path(shutil.copytree(project, tmp_path / "served", symlinks=True))
    shutil.copytree(sample / "models", folder / "models", dirs_exist_ok=True)
    return folder


def test_every_block_of_the_page_works(served: Path) -> None:
    page = (served / "docs/prediction.md").read_text()
    start, *others = blocks(section(page, "The service"))
    assert start == "make serve\n"
    own = {"PYTHONPATH": str(served / "src")}
    with serving(served, f"VENV={venv()}", variables=own):
        for block in others:
            run(["bash", "-euc", f"mkdir -p build\n{block}"], served)
    count = "import sqlite3; print(*sqlite3.connect('predictions.sqlite').execute("
    count += "'SELECT count(*) FROM predictions').fetchone())"
    assert run([str(venv() / "bin/python"), "-c", count], served).strip() == "1"
