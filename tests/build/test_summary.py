"""What CI keeps of the plots: pictures of a commit, compared with an older one."""

import shutil
from pathlib import Path

import pytest
from commands import run_command
from project import run

PNG = b"\x89PNG"


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    """Copy the repository with two releases, so that a test can draw in it."""
    return Path(shutil.copytree(released, tmp_path / "copy", symlinks=True))


def test_the_pictures_are_all_there(copy: Path) -> None:
    said = run_command(copy, "compare", "build/plots", "model@v1.0.0").splitlines()
    pictures = sorted((copy / "build/plots").iterdir())
    assert {"roc.png", "calibration.png", "logloss.png"} <= {path.name for path in pictures}
    assert all(path.read_bytes().startswith(PNG) for path in pictures)
    assert said == [f"build/plots/{path.name}" for path in pictures]


@pytest.mark.parametrize("commit", ["gone", "before"])
def test_a_commit_without_plots_is_refused_and_nothing_is_drawn(copy: Path, commit: str) -> None:
    empty = "git commit-tree -m empty $(git hash-object -w -t tree /dev/null)"
    run(["sh", "-ec", f"git tag before $({empty})"], copy)
    with pytest.raises(AssertionError, match="Error: "):
        run_command(copy, "compare", "build/plots", commit)
    assert not (copy / "build/plots").exists()
