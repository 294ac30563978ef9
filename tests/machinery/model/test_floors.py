import json
from pathlib import Path

import pytest

from machinery import params
from machinery.errors import InputError
from machinery.model.criteria import floors
from tiny.params import Params

SHIPPED = Path(__file__).parents[1] / "tiny/params.yaml"
FLOORS = """\
  floors: # of the test part
    roc_auc: 0.6
    log_loss: 0.6
"""
LINEAR = {
    "roc_auc": {"value": 0.7, "low": 0.6912, "high": 0.71},
    "log_loss": {"value": 0.48, "low": 0.47, "high": 0.4911},
    "rmse": {"value": 30.0, "low": 29.0, "high": 31.2},
    "mae": {"value": 20.0, "low": 19.0, "high": 21.0},
}
OVERALL = {"rows": 10, "models": {"linear": LINEAR}, "difference_to": {}}
MODEL = {"sha256": "", "task": "binary", "headline": "", "threshold": None, "interval": None}
TEST = {"rows": 10, "first": None, "last": None, "keys": "3fa2", "unit": "row", "units": 10}
MODEL |= {"parameters": {}, "environment": {}, "data": {}}


def measured(task):
    report = {"model": MODEL | {"task": task}, "test": TEST}
    report |= {"slices": {"overall": OVERALL}, "importance": []}
    Path("reports").mkdir(exist_ok=True)
    Path("reports/evaluation.json").write_text(json.dumps(report))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose linear baseline has been measured."""
    monkeypatch.chdir(tmp_path)
    shipped = SHIPPED.read_text()
    assert "  floors: {}\n" in shipped
    Path("params.yaml").write_text(shipped.replace("  floors: {}\n", FLOORS))
    measured("binary")
    return tmp_path


def test_floors_are_what_the_baseline_reaches_at_its_worst(project):
    assert floors.reset() == {"roc_auc": 0.691, "log_loss": 0.492}
    written = params.load(Params, project / "params.yaml").gate.floors
    assert written == {"roc_auc": 0.691, "log_loss": 0.492}


def test_the_other_lines_stay_and_the_new_ones_say_where_they_come_from(project):
    before = (project / "params.yaml").read_text()
    floors.reset()
    after = (project / "params.yaml").read_text().splitlines()
    changed = [line.strip() for line in after if line not in before.splitlines()]
    assert len(after) == len(before.splitlines())
    assert changed == [f"roc_auc: 0.691 # {floors.SOURCE}", f"log_loss: 0.492 # {floors.SOURCE}"]


@pytest.mark.usefixtures("project")
def test_floors_follow_the_task():
    measured("regression")
    assert floors.reset() == {"rmse": 31.2, "mae": 21.0}


def test_floors_on_one_line_are_refused_with_what_to_write(project):
    path = project / "params.yaml"
    path.write_text(SHIPPED.read_text())
    with pytest.raises(InputError, match="no line `  floors:` under gate"):
        floors.reset()
    assert path.read_text() == SHIPPED.read_text()


def test_without_an_evaluation_nothing_is_written(project):
    before = (project / "params.yaml").read_text()
    (project / "reports/evaluation.json").unlink()
    with pytest.raises(InputError, match=r"evaluation\.json does not exist: run `make repro`"):
        floors.reset()
    assert (project / "params.yaml").read_text() == before
