"""Evaluation and verdict as files: complete, or refused in one sentence."""

import json
from pathlib import Path

import pytest

from machinery.errors import InputError
from machinery.model import evaluation, verdict
from machinery.model.verdict import Criterion, Verdict

CRITERION = Criterion("spread", limit="at least 0.2", value="0.1", passed=False, why="so")
VERDICT = Verdict(model="3fa2", verdict="refused", champion="v1.0.0", criteria=[CRITERION])


def without(report: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in report.items() if key != name}


def test_an_evaluation_is_read_as_it_was_written(sample: Path) -> None:
    path = sample / "reports/evaluation.json"
    found = evaluation.read(path)
    assert found.model_dump(mode="json") == json.loads(path.read_text())
    assert found.overall.rows == found.slices["overall"].rows > 0
    assert {"carrier=north", "carrier=south"} < found.slices.keys()


def test_a_metric_that_could_not_be_measured_is_not_a_number() -> None:
    none = evaluation.Interval(value=None, low=None, high=None)
    found = evaluation.Comparison(rows=1, models={"model": {"r2": none}}, difference_to={})
    assert found.candidate["r2"] != found.candidate["r2"]  # NaN, which no floor lets pass


def test_without_an_evaluation_it_is_said_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"evaluation\.json does not exist: run `make repro`$"):
        evaluation.read(tmp_path / "evaluation.json")


@pytest.mark.parametrize(
    "edit",
    [
        lambda _: "{",
        lambda _: "[]",
        lambda report: json.dumps(without(report, "slices")),
        lambda report: json.dumps(report | {"overall": {}}),
    ],
    ids=["not JSON", "a list", "less", "more"],
)
def test_what_is_not_an_evaluation_of_this_version_is_refused_in_one_line(
    edit: object, sample: Path, tmp_path: Path
) -> None:
    report = json.loads((sample / "reports/evaluation.json").read_text())
    (tmp_path / "evaluation.json").write_text(edit(report))
    with pytest.raises(InputError, match="is not an evaluation of this version: run") as error:
        evaluation.read(tmp_path / "evaluation.json")
    assert "\n" not in str(error.value)


def test_a_verdict_survives_as_json() -> None:
    assert verdict.parse(json.dumps(VERDICT.model_dump(mode="json")), "gate.json") == VERDICT


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "reports/gate.json does not exist: `make repro`, then commit"),
        ("{", "reports/gate.json is not a verdict: `make repro`, then commit"),
        ("{}", "reports/gate.json is not a verdict"),
        (VERDICT.model_dump_json().replace("refused", "fine"), "reports/gate.json is not a verd"),
        (VERDICT.model_dump_json()[:-1] + ',"by":"me"}', "reports/gate.json is not a verdict"),
    ],
    ids=["missing", "not JSON", "empty", "another verdict", "more"],
)
def test_what_is_not_a_verdict_is_refused_in_one_line(text: str | None, fault: str) -> None:
    with pytest.raises(InputError) as error:
        verdict.parse(text, "reports/gate.json")
    assert str(error.value).startswith(fault)
    assert "\n" not in str(error.value)


def test_a_table_lists_what_was_refused_first() -> None:
    fine = Criterion("floor", limit="at least 0.7", value="0.8", passed=True, why="use")
    lines = VERDICT.model_copy(update={"criteria": [fine, CRITERION]}).table().splitlines()
    assert lines[0] == "**refused**: model 3fa2, compared with v1.0.0"
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| spread", "| floor"]


def test_a_terminal_shows_the_verdict_in_a_hundred_columns_refused_criteria_first() -> None:
    fine = Criterion("fine", limit="some", value="all " * 40, passed=True, why="so")
    lines = VERDICT.model_copy(update={"criteria": [fine, CRITERION]}).lines().splitlines()
    assert lines[0] == "refused: model 3fa2, compared with v1.0.0"
    assert lines[1] == "REFUSE  spread: 0.1; required: at least 0.2: so"
    assert lines[2].startswith("pass    fine: all all")
    assert max(map(len, lines)) <= 100
