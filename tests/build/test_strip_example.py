"""`make strip-example` leaves a project that works from end to end and loses no work."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from project import run
from shell import begin, say, served, variables

ASK = """
curl --fail --silent http://127.0.0.1:8000/openapi.json > build/openapi.json
python3 -c 'import json; known = json.load(open("build/openapi.json"))["components"]["schemas"]
print(json.dumps(known["PredictRequest"]["example"]))' |
curl --fail-with-body --silent http://127.0.0.1:8000/predict --header "Content-Type: application/json" --data @-
"""


@pytest.fixture(scope="module")
def committed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commit a project."""
    folder = begin(project, tmp_path_factory.mktemp("stripped"))
    say(folder, "git add --all && git commit --quiet --no-verify --message first", {})
    return folder


def strip(folder: Path) -> subprocess.CompletedProcess[str]:
    """Strip a project, which may fail."""
    return subprocess.run(
        ["make", "strip-example"],
        cwd=folder,
        env=os.environ | variables(folder),
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("echo mine >> README.md", "error: not all is committed, as README.md"),
        ("echo mine > mine.py", "error: not all is committed, as mine.py"),
        ("echo mine >> data/external/planes.parquet", "error: a table is not what its pointer"),
        (
            (
                "sed -i 's/flights, weather/weather, flights/' dvc.yaml"
                " && git commit --quiet --no-verify --all -m mine"
            ),
            "error: dvc.yaml was changed where it mentions the flights",
        ),
    ],
)
def test_what_would_be_lost_or_cannot_be_found_stops_it_before_it_begins(
    command: str, sentence: str, committed: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(committed, tmp_path / "flight-delays", symlinks=True))
    say(folder, command, {})
    before = run(["git", "status", "--short"], folder)
    done = strip(folder)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert run(["git", "status", "--short"], folder) == before
    assert (folder / "data/external/flights.parquet").exists()


def test_what_is_left_passes_its_checks_from_the_table_to_the_service(committed: Path) -> None:
    done = strip(committed)
    assert done.returncode == 0, done.stderr
    say(committed, "make repro check test && flight-delays model gate", {})
    say(committed, "make predict IN=data/rows.parquet OUT=build/scores.parquet", {})
    verdict = json.loads((committed / "reports/gate.json").read_text())
    assert verdict["verdict"] == "accepted"
    assert 0 < float(str(served(committed, ASK)["score"])) < 1
    assert not (committed / "scripts/strip").exists()
    assert "strip-example" not in say(committed, "make", {})
    left = ["sh", "-c", "git grep -liE 'raw_flights|nycflights|tailnum' || test $? = 1"]
    assert run(left, committed) == ""


def test_the_gate_is_reset_with_a_word_on_the_feature_that_it_would_take_for_a_leak(
    committed: Path,
) -> None:
    say(committed, "sed -i 's/leak_auc: null/leak_auc: 0.8/' params.yaml", {})
    said = say(committed, "flight-delays model reset-gate", {})
    assert "AUC of the best feature alone: 0.924: concave_points, required is below 0.8" in said
    assert "raise gate.leak_auc in params.yaml, or set it to null" in said
