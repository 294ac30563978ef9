import json
from pathlib import Path

import pytest

from machinery import params
from machinery.errors import InputError
from machinery.model.criteria import reset
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
    "brier": {"value": 0.15, "low": 0.14, "high": 0.16},
    "calibration_error": {"value": 0.01, "low": 0.008, "high": 0.02},
    "accuracy": {"value": 0.96, "low": 0.95, "high": 0.97},
    "rmse": {"value": 30.0, "low": 29.0, "high": 31.2},
    "mae": {"value": 20.0, "low": 19.0, "high": 21.0},
    "interval_coverage": {"value": 0.9, "low": 0.88, "high": 0.92},
}
TEST = {"rows": 10, "first": None, "last": None, "keys": "3fa2", "unit": "row", "units": 10}


def report(task="binary", *, rows=10_000, share=0.3, headline="roc_auc", apart=0.007, slices=()):
    """Return an evaluation in which the model is as good as the baseline, give or take `apart`."""
    value = LINEAR[headline]["value"]
    constant = {"average_precision": {"value": share, "low": share, "high": share}}
    models = {"model": LINEAR, "linear": LINEAR, "constant": constant}

    def group(apart):
        difference = {"value": 0.0, "low": -apart * value, "high": apart * value}
        return {
            "rows": rows,
            "models": models,
            "difference_to": {"linear": {headline: difference}},
        }

    parts = {f"side={place}": group(each) for place, each in enumerate(slices)}
    model = {"sha256": "", "task": task, "headline": headline, "threshold": None, "interval": None}
    model |= {"parameters": {}, "environment": {}, "data": {}}
    if task == "binary":
        model["threshold"] = 0.25
    found = {"model": model, "test": TEST, "importance": []}
    return found | {"slices": {"overall": group(apart), **parts}}


def measured(*given, **more):
    Path("reports").mkdir(exist_ok=True)
    Path("reports/evaluation.json").write_text(json.dumps(report(*given, **more)))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose linear baseline has been measured."""
    monkeypatch.chdir(tmp_path)
    shipped = SHIPPED.read_text()
    assert "  floors: {}\n" in shipped
    Path("params.yaml").write_text(shipped.replace("  floors: {}\n", FLOORS))
    measured()
    return tmp_path


def written(folder):
    return params.load(Params, folder / "params.yaml").gate


def test_floors_are_what_the_baseline_reaches_at_its_worst(project):
    said = reset.reset()
    assert written(project).floors == {"roc_auc": 0.691, "log_loss": 0.492}
    assert said.items() >= written(project).floors.items()


def test_with_many_rows_the_limits_are_what_training_again_moves(project):
    reset.reset()
    gate = written(project)
    assert (gate.min_over_baseline, gate.max_below_champion) == (-0.02, 0.03)
    assert (gate.max_below_in_slice, gate.max_above_validation) == (0.03, 0.02)
    assert gate.max_calibration_error == pytest.approx(0.2 * 0.3 + 0.015, abs=0.001)
    assert (gate.min_score_spread, gate.max_decision_shift) == (0.2, 0.1)
    assert (gate.max_gain_share, gate.leak_auc) == (0.9, 0.99)  # as before


def test_with_few_rows_they_leave_room_for_chance(project):
    measured(rows=100, apart=0.05, slices=[0.1, 0.3])
    reset.reset()
    gate = written(project)
    assert (gate.min_over_baseline, gate.max_below_champion) == (-0.1, 0.11)
    assert gate.max_below_in_slice == 0.185  # with a quarter of the widest slice
    assert gate.max_calibration_error == pytest.approx(0.2 * 0.3 + 0.147, abs=0.001)


def test_where_few_are_positive_a_small_error_counts(project):
    measured(rows=20_000, share=0.016)
    reset.reset()
    gate = written(project)
    assert gate.max_calibration_error < 0.016
    assert gate.max_decision_shift == 0.016
    assert gate.min_score_spread == 0  # the 95th percentile is among the negatives


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("task", "headline", "floors", "calibration"),
    [
        ("regression", "rmse", {"rmse": 31.2, "mae": 21.0}, 0.02 + 0.0283),
        ("multiclass", "roc_auc", {"roc_auc": 0.691, "log_loss": 0.492}, 0.2 * 0.04 + 0.0075),
    ],
)
def test_limits_follow_the_task(task, headline, floors, calibration, project):
    measured(task, headline=headline)
    reset.reset()
    gate = written(project)
    assert gate.floors == floors
    assert gate.max_calibration_error == pytest.approx(calibration, abs=0.001)
    assert gate.max_decision_shift == 0.1  # the default: no threshold


@pytest.mark.parametrize("null", ["null", "~", ""])
def test_the_other_lines_stay_and_a_limit_of_null_too(null, project):
    path = project / "params.yaml"
    text = path.read_text().replace("max_below_champion: 0.03", f"max_below_champion: {null} # new")
    path.write_text(text.replace("max_below_in_slice: 0.5", "max_below_in_slice: 0.5 # ours"))
    before = path.read_text().splitlines()
    said = reset.reset()
    after = path.read_text().splitlines()
    assert [line for line in before if line not in after and not line.startswith("    ")] == [
        "  min_over_baseline: -1.0",
        "  max_below_in_slice: 0.5 # ours",
        "  max_calibration_error: 0.2",
        "  min_score_spread: 0.1",
        "  max_above_validation: 0.2",
    ]
    assert f"  max_below_champion: {null} # new" in after
    assert "  max_below_in_slice: 0.03 # ours" in after
    assert f"    roc_auc: 0.691 # {reset.SOURCE}" in after
    assert "max_below_champion" not in said
    assert len(after) == len(before) + 1  # max_decision_shift


def test_a_second_reset_changes_nothing(project):
    reset.reset()
    before = (project / "params.yaml").read_text()
    reset.reset()
    assert (project / "params.yaml").read_text() == before


def test_floors_on_one_line_are_refused_with_what_to_write(project):
    path = project / "params.yaml"
    path.write_text(SHIPPED.read_text())
    with pytest.raises(InputError, match="no line `  floors:` under gate"):
        reset.reset()
    assert path.read_text() == SHIPPED.read_text()


def test_without_an_evaluation_nothing_is_written(project):
    before = (project / "params.yaml").read_text()
    (project / "reports/evaluation.json").unlink()
    with pytest.raises(InputError, match=r"evaluation\.json does not exist: run `make repro`"):
        reset.reset()
    assert (project / "params.yaml").read_text() == before
