"""Two models are released and the second is rolled back: the first answers again, here and elsewhere."""

import json
import os
import shutil
from pathlib import Path

from commands import run_command
from pages import blocks, section
from project import dvc, run, venv
from releases import ROWS, answer, take_sample


def test_after_a_rollback_the_first_model_answers_to_the_byte(released: Path) -> None:
    scores = released.parent / "scores"
    assert (scores / "rollback.parquet").read_bytes() == (scores / "v1.0.0.parquet").read_bytes()
    assert (scores / "v1.1.0.parquet").read_bytes() != (scores / "v1.0.0.parquet").read_bytes()


def test_a_fresh_clone_fetches_the_same_champion(released: Path, tmp_path: Path) -> None:
    shutil.copytree(released.parent / "flight-delays-storage", tmp_path / "flight-delays-storage")
    run(["git", "clone", "--quiet", str(released.parent / "origin.git"), "clone"], tmp_path)
    clone = tmp_path / "clone"
    assert "champion: v1.0.0" in run_command(clone, "model", "fetch")
    shutil.copy(released / ROWS, clone / "data")
    first = released.parent / "scores/v1.0.0.parquet"
    assert answer(clone, "build/scores.parquet") == first.read_bytes()


def test_a_fresh_clone_shows_a_release_from_git_alone(released: Path, tmp_path: Path) -> None:
    run(["git", "clone", "--quiet", str(released.parent / "origin.git"), "clone"], tmp_path)
    show = [str(venv() / "bin/flight-delays"), "model", "show", "v1.1.0", "--json"]
    known = json.loads(run(show, tmp_path / "clone", {"PYTHONPATH": str(tmp_path / "clone/src")}))
    assert known["parameters"]["train"]["learning_rate"] == 0.05
    assert known["metrics"]["roc_auc"] > 0.5
    assert known["environment"].keys() >= {"python", "xgboost-cpu"}
    for name, each in known["data"].items():
        pointer = (released / f"data/external/{name}.dvc").read_text()
        assert each["md5"] in pointer
        assert each["sha256"] in pointer
    assert len(known["data"]) == 3


def test_history_tells_of_the_rollback(released: Path) -> None:
    lines = run_command(released, "model", "history").splitlines()
    assert [line.split()[:3] for line in lines if line.startswith("champion ")] == [
        ["champion", "1", "v1.0.0"],
        ["champion", "2", "v1.1.0"],
        ["champion", "3", "v1.0.0"],
    ]


def test_floors_can_be_reset_and_judge_the_model_again(released: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(released.parent, tmp_path / "all", symlinks=True)) / released.name
    params = copy / "params.yaml"
    floors = "floors: # of other data\n    roc_auc: 0.99"
    params.write_text(params.read_text().replace("floors: {}", floors))
    said = type_in("flight-delays model reset-gate\nmake repro\n", copy)
    assert "roc_auc: 0.99" not in params.read_text()
    assert "Running stage 'gate'" in said


def test_every_shell_block_about_releases_works(project: Path, tmp_path: Path) -> None:
    copy = take_sample(project, tmp_path)
    dvc(copy, "repro")
    page = (copy / "docs/operations.md").read_text()
    parts = [section(page, title) for title in ("Releases", "Roll back")]
    said = type_in("\n".join(block for part in parts for block in blocks(part)), copy)
    assert "released v0.1.0, accepted" in said
    assert "champion  1       v0.1.0" in said
    assert (copy / "build/champion.parquet").read_bytes() != b""


def type_in(commands: str, project: Path) -> str:
    """Run commands in a project as its user does and return their output."""
    path = f"{venv()}/bin:{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(project / "src"), "MAKEFLAGS": f"VENV={venv()}"}
    return run(["sh", "-ec", commands], project, own)
