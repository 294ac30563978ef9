"""What CI keeps of the plots: a page that compares a commit with an older one."""

import shutil
from pathlib import Path

import pytest
from commands import run_command
from project import run


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    """Copy the repository with two releases, so that a test can draw in it."""
    return Path(shutil.copytree(released, tmp_path / "copy", symlinks=True))


def test_the_plots_are_all_there_with_a_line_for_each(copy: Path) -> None:
    said = run_command(copy, "compare", "build/plots", "model@v1.0.0").splitlines()
    assert said == ["build/plots/compare.html"]
    page = (copy / "build/plots/compare.html").read_text()
    titles = ("ROC curve", "Calibration", "Importance", "Validation logloss")
    assert [name for name in titles if f'aria-label="{name}"' not in page] == []
    assert page.count(">workspace<") == page.count(">model@v1.0.0<") >= len(titles)


@pytest.mark.parametrize("commit", ["gone", "before"])
def test_a_commit_without_plots_is_refused_and_nothing_is_drawn(copy: Path, commit: str) -> None:
    empty = "git commit-tree -m empty $(git hash-object -w -t tree /dev/null)"
    run(["sh", "-ec", f"git tag before $({empty})"], copy)
    with pytest.raises(AssertionError, match="Error: "):
        run_command(copy, "compare", "build/plots", commit)
    assert not (copy / "build/plots").exists()
