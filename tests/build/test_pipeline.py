"""Which stages run again after a change, and which do not, on the sample."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from project import dvc, stages_run, venv
from ruamel.yaml import YAML

AFTER_TRAIN = ["evaluate", "card", "gate", "report"]
AFTER_FEATURES = {"features", "split", "train", *AFTER_TRAIN}


@pytest.fixture
def copy(sample: Path, tmp_path: Path) -> Path:
    """Copy the sample project, so that a test can change it."""
    return Path(shutil.copytree(sample, tmp_path / "copy", symlinks=True))


def test_nothing_runs_twice(copy: Path) -> None:
    assert stages_run(dvc(copy, "repro")) == []


def test_a_parameter_runs_its_stage_and_what_follows(copy: Path) -> None:
    edit(copy / "params.yaml", r"learning_rate: [\d.]+", "learning_rate: 0.07")
    assert stages_run(dvc(copy, "repro")) == ["train", *AFTER_TRAIN]


def test_the_feature_code_runs_from_features_on(copy: Path) -> None:
    (features,) = copy.glob("src/*/data/features.py")
    edit(features, r"\Z", "# edited\n")
    ran = stages_run(dvc(copy, "repro"))
    assert ran[0] == "features"
    assert set(ran) <= AFTER_FEATURES


def test_a_new_xgboost_trains_again(copy: Path) -> None:
    edit(copy / "requirements/dev.txt", r"(?m)^xgboost-cpu==[\d.]+", "xgboost-cpu==99.0")
    assert stages_run(dvc(copy, "repro")) == ["environment", "train", *AFTER_TRAIN]


def test_a_new_linter_trains_nothing(copy: Path) -> None:
    edit(copy / "requirements/dev.txt", r"(?m)^ruff==[\d.]+", "ruff==99.0")
    assert stages_run(dvc(copy, "repro")) == ["environment"]


@pytest.mark.parametrize(
    ("stage", "seconds"),
    [
        ("clean@flights", 0.2),
        ("clean@flights", 0.8),
        ("features", 0.8),
        ("train", 1.5),
        ("evaluate", 3.0),
    ],
)
def test_a_killed_run_is_put_right_by_the_next(copy: Path, stage: str, seconds: float) -> None:
    lock = copy / "dvc.lock"
    before = YAML().load(lock)
    YAML().dump({**before, "stages": without(before["stages"], stage)}, lock)
    kill_in(stage, copy, seconds=seconds)
    dvc(copy, "repro", "--no-run-cache")
    assert YAML().load(lock) == before
    assert "up to date" in dvc(copy, "status")


def without(stages: dict[str, object], stage: str) -> dict[str, object]:
    """Forget that a stage has run, so that it runs."""
    return {name: value for name, value in stages.items() if name != stage}


def edit(path: Path, pattern: str, text: str) -> None:
    """Replace the one place in a file that a pattern finds."""
    new, count = re.subn(pattern, text, path.read_text(), count=1)
    assert count == 1, f"{path} holds no {pattern}"
    path.write_text(new)


def kill_in(stage: str, project: Path, *, seconds: float) -> None:
    """Run the pipeline and kill it and its children some seconds into a stage."""
    search_path = f"{venv() / 'bin'}:{os.environ['PATH']}"
    own = {"PATH": search_path, "PYTHONPATH": str(project / "src"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        ["dvc", "repro", "--no-run-cache"],
        cwd=project,
        env=os.environ | own,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout
        assert any(stage in stages_run(line) for line in process.stdout)
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it was quicker than that
            os.killpg(process.pid, signal.SIGKILL)
