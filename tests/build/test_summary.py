"""CI's summary of the plots: pictures of a commit next to the one before, and a chart."""

import os
import re
import shutil
from pathlib import Path

import pytest
from pages import blocks
from project import run, venv

EMPTY = """tree=$(git hash-object -w -t tree /dev/null)
git tag before $(git commit-tree -m empty "$tree")"""
PNG = b"\x89PNG"


@pytest.fixture(params=["model@v1.0.0", "a commit that is not here", "before"])
def drawn(request: pytest.FixtureRequest, released: Path, tmp_path: Path) -> tuple[str, Path]:
    """Draw the plots next to those of a base; return the output and the folder of the pictures."""
    copy = shutil.copytree(released, tmp_path / "copy", symlinks=True)
    own = {"PATH": f"{venv()}/bin:{os.environ['PATH']}", "PYTHONPATH": str(copy / "src")}
    run(["sh", "-ec", EMPTY], copy)
    said = run(["python", "ci/plots.py", request.param, "build/plots"], copy, own)
    return said, copy / "build/plots"


def test_the_pictures_are_all_there(drawn: tuple[str, Path]) -> None:
    pictures = sorted(drawn[1].iterdir())
    assert {"roc.png", "calibration.png", "logloss.png"} <= {path.name for path in pictures}
    assert all(path.read_bytes().startswith(PNG) for path in pictures)


def test_the_chart_shows_what_was_measured(drawn: tuple[str, Path], released: Path) -> None:
    (chart,) = blocks(drawn[0], "mermaid")
    assert chart.startswith("xychart-beta\n")
    shown = re.findall(r"(?:bar|line) \[(.*)\]", chart)
    lines = (released / "reports/plots/calibration.csv").read_text().splitlines()[1:]
    predicted, observed, _ = zip(*(line.split(",") for line in lines), strict=True)
    assert [series.split(", ") for series in shown] == [list(observed), list(predicted)]
