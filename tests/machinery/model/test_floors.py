import json
from pathlib import Path

import pytest

from machinery import params
from machinery.model.criteria import floors
from machinery.errors import InputError

SHIPPED = Path(__file__).parents[2] / "params.yaml"
FLOORS = ("    roc_", "    log_")
LINEAR = {
    "roc_auc": {"value": 0.7, "low": 0.6912, "high": 0.71},
    "log_loss": {"value": 0.48, "low": 0.47, "high": 0.4911},
    "rmse": {"value": 30.0, "low": 29.0, "high": 31.2},
    "mae": {"value": 20.0, "low": 19.0, "high": 21.0},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose linear baseline has been measured."""
    monkeypatch.chdir(tmp_path)
    shipped, known = SHIPPED.read_text(), "    roc_auc: 0.6\n    log_loss: 0.6\n"
    Path("params.yaml").write_text(floors.FLOORS.sub(lambda found: found[1] + known, shipped))
    for path, content in (
        ("models/candidate/manifest.json", {"problem": "binary"}),
        ("reports/evaluation.json", {"overall": {"models": {"linear": LINEAR}}}),
    ):
        Path(path).parent.mkdir(parents=True)
        Path(path).write_text(json.dumps(content))
    return tmp_path


def test_floors_are_what_the_baseline_reaches_at_its_worst(project):
    assert floors.reset() == {"roc_auc": 0.691, "log_loss": 0.492}
    assert params.load(project / "params.yaml").gate.floors == {"roc_auc": 0.691, "log_loss": 0.492}


def test_the_other_lines_stay_and_the_new_ones_say_where_they_come_from(project):
    before = (project / "params.yaml").read_text()
    floors.reset()
    after = (project / "params.yaml").read_text().splitlines()
    changed = [line.strip() for line in after if line not in before.splitlines()]
    assert len(after) == len(before.splitlines())
    assert changed == [f"roc_auc: 0.691 # {floors.SOURCE}", f"log_loss: 0.492 # {floors.SOURCE}"]


def test_floors_follow_the_problem(project):
    (project / "models/candidate/manifest.json").write_text('{"problem": "regression"}')
    assert floors.reset() == {"rmse": 31.2, "mae": 21.0}


def test_floors_on_one_line_are_refused_with_what_to_write(project):
    path = project / "params.yaml"
    kept = [line for line in path.read_text().splitlines() if line[:8] not in FLOORS]
    path.write_text("\n".join(kept).replace("  floors: #", "  floors: {} #") + "\n")
    before = path.read_text()
    assert params.load(path).gate.floors == {}
    with pytest.raises(InputError, match="no line `  floors:` under gate"):
        floors.reset()
    assert path.read_text() == before


def test_without_an_evaluation_nothing_is_written(project):
    before = (project / "params.yaml").read_text()
    (project / "reports/evaluation.json").unlink()
    with pytest.raises(InputError, match="derive floors from: make repro"):
        floors.reset()
    assert (project / "params.yaml").read_text() == before
