import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandera.polars as pa
import polars as pl
import pytest

from machinery.data.table import Table
from machinery.errors import InputError
from machinery.model import card
from tiny.project import PROJECT
from tiny.sample import SHIPPED, USE_CASE

MODEL = {
    "sha256": "3fa2" * 16,
    "task": "binary",
    "headline": "roc_auc",
    "threshold": 0.25,
    "interval": None,
    "parameters": {"model": "boosted", "best_rounds": 52},
    "environment": {"polars": "2.1.0"},
    "data": {"train.parquet": "5d6e" * 16},
}
TEST = {
    "rows": 482,
    "first": "2013-10-01",
    "last": "2013-12-30",
    "keys": "3fa2b1c4d5e6",  # pragma: allowlist secret
    "unit": "day",
    "units": 91,
}
SPLIT = {
    "train": {
        "rows": 1125,
        "units": 212,
        "mean_target": 0.26,
        "first": "2013-01-01",
        "last": "2013-07-31",
        "left_out": {"label_known_later": 1060, "group_in_later_part": 17},
    },
    "test": {
        "rows": 482,
        "units": 91,
        "mean_target": 0.23,
        "first": "2013-10-01",
        "last": "2013-12-30",
        "left_out": {"label_known_later": 0, "group_in_later_part": 0},
    },
}
DATA = {
    "tables": {
        "planes": {
            "rows": 100,
            "missing": {"year": 7},
            "quarantined": {"seats: in_range(1, 900)": 3},
        }
    },
    "rows": {"rows": 1607, "mean_target": 0.25},
}
PLANES = Table(
    name="planes",
    key=("tailnum",),
    columns={
        "tailnum": pa.Column(pl.String, description="registration"),
        "year": pa.Column(
            pl.Int64, pa.Check.in_range(1903, 2100), nullable=True, description="of manufacture"
        ),
    },
)
POINTER = """\
outs:
- md5: abc
  size: 17855
  path: planes.parquet
desc: A row is an aircraft.
meta:
  license: CC0-1.0
"""
PLANES_ONLY = replace(PROJECT, tables=(PLANES,))


def around(value, width=0.02):
    return {"value": value, "low": value - width / 2, "high": value + width / 2}


def group(metric, *, model, linear):
    """A comparison as evaluate reports it; a constant has the value 0.5."""
    values = {"model": model, "linear": linear, "constant": 0.5}
    return {
        "rows": 482,
        "models": {name: {metric: around(value)} for name, value in values.items()},
        "difference_to": {
            name: {metric: around(model - value)}
            for name, value in values.items()
            if name != "model"
        },
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one table, whose model has been measured."""
    monkeypatch.chdir(tmp_path)
    write_reports(
        {
            "model": MODEL,
            "test": TEST,
            "slices": {
                "overall": group("roc_auc", model=0.69, linear=0.65),
                "origin=EWR": group("roc_auc", model=0.61, linear=0.66),
            },
            "importance": [{"feature": "pressure", "gain": 0.284, "permutation": 0.0559}],
        }
    )
    Path("reports/plots").mkdir()
    Path("reports/plots/calibration.csv").write_text("predicted,observed,perfect\n0.58,0.52,0.58\n")
    shutil.copytree(SHIPPED / "docs/templates", "docs/templates")
    Path("docs/use-case.md").write_text(USE_CASE)
    Path("data/external").mkdir(parents=True)
    Path("data/external/planes.parquet.dvc").write_text(POINTER)
    return tmp_path


def write_reports(evaluation):
    Path("reports").mkdir(exist_ok=True)
    for name, value in {"data": DATA, "split": SPLIT, "evaluation": evaluation}.items():
        Path(f"reports/{name}.json").write_text(json.dumps(value))


def write_cards():
    card.main(PLANES_ONLY, card.REPORTS, card.DOCS)
    return [(card.DOCS / name).read_text() for name in card.CARDS]


def edit(path, before, after):
    text = Path(path).read_text()
    assert before in text
    Path(path).write_text(text.replace(before, after))


@pytest.mark.usefixtures("project")
def test_the_model_card_says_how_good_the_model_is_and_against_what():
    model, _ = write_cards()
    assert "| roc_auc | 0.690 (0.680 to 0.700) | 0.650 (0.640 to 0.660) | 0.500 " in model
    assert "Against the linear model: better in roc_auc; worse in nothing;" in model


@pytest.mark.usefixtures("project")
def test_the_model_card_says_which_rows_were_measured_and_what_the_bootstrap_draws():
    model = write_cards()[0]
    assert "on the 482 rows of `test`, from 2013-10-01 to 2013-12-30" in model
    assert "hash of their keys is `3fa2b1c4d5e6`" in model
    assert "the unit is the day, and there are 91." in model
    assert "too narrow" not in model
    edit_test({"unit": "customer", "units": 12})
    model = write_cards()[0]
    assert "the unit is the customer, and there are 12." in model
    assert "Intervals from fewer than 20 units are too narrow." in model
    edit_test({"unit": "row", "units": 482, "first": None, "last": None})
    model = write_cards()[0]
    assert "on the 482 rows of `test`; the hash" in model
    assert "a bootstrap, which draws rows again" in model


@pytest.mark.usefixtures("project")
def test_the_model_card_counts_the_rows_that_left_a_part():
    model = write_cards()[0]
    assert "1,077 rows left train: 1,060 because their label" in model
    assert "rows left test" not in model


def edit_test(changes):
    """Change what the evaluation says of the test rows."""
    report = json.loads(Path("reports/evaluation.json").read_text())
    report["test"] |= changes
    write_reports(report)


@pytest.mark.usefixtures("project")
def test_a_slice_on_which_the_model_is_worse_is_called_worse():
    model, _ = write_cards()
    assert (
        "| origin=EWR | 482 | 0.610 (0.600 to 0.620) | -0.050 (-0.060 to -0.040) | **worse** |"
        in model
    )


@pytest.mark.usefixtures("project")
def test_a_difference_whose_interval_holds_zero_is_undecided():
    write_reports(changed(overall=group("roc_auc", model=0.69, linear=0.685)))
    assert "undecided in roc_auc" in write_cards()[0]


@pytest.mark.usefixtures("project")
def test_a_smaller_error_is_better_in_a_regression():
    regression = {"task": "regression", "headline": "rmse", "interval": 21.5, "threshold": None}
    overall = group("rmse", model=30.0, linear=32.0)
    report = changed(overall=overall) | {"model": MODEL | regression}
    report["slices"]["origin=EWR"] = overall
    write_reports(report)
    model, _ = write_cards()
    assert "Against the linear model: better in rmse" in model
    assert "± 21.5" in model
    assert "The model returns scores and makes no decisions" in model


@pytest.mark.usefixtures("project")
def test_a_metric_that_could_not_be_measured_is_said_so():
    overall = group("roc_auc", model=0.69, linear=0.65)
    overall["models"]["constant"]["roc_auc"]["high"] = None
    write_reports(changed(overall=overall))
    assert "| not measurable |" in write_cards()[0]


@pytest.mark.usefixtures("project")
def test_the_intended_use_and_the_limits_are_those_of_the_use_case():
    model, _ = write_cards()
    assert "## Intended use\n\nThe shop warns.\n\n## Users" in model
    assert "## Limits\n\n- Such parcels do not exist.\n\n##" in model


@pytest.mark.usefixtures("project")
def test_the_data_card_tells_provenance_rules_and_what_is_missing():
    _, data = write_cards()
    assert "| license | CC0-1.0 |" in data
    assert "| year | Int64 | `in_range(1903, 2100)` | 7.0 % | of manufacture |" in data
    assert "The table has 103 rows" in data
    assert "| `seats: in_range(1, 900)` | 3 |" in data


@pytest.mark.usefixtures("project")
def test_a_table_that_no_stage_reads_has_its_provenance_all_the_same():
    Path("data/external/crews.parquet.dvc").write_text(POINTER)
    _, data = write_cards()
    assert "does not read this table" in data.split("## planes")[0]


@pytest.mark.usefixtures("project")
def test_cards_fit_when_they_are_written_and_no_longer_when_a_report_changes():
    write_cards()
    assert card.fits(PLANES_ONLY, sha256=MODEL["sha256"]) == []
    write_reports(changed(overall=group("roc_auc", model=0.99, linear=0.65)))
    (fault,) = card.fits(PLANES_ONLY)
    advice = "run `dvc repro --force --single-item card`"
    assert fault == f"docs/model-card.md does not fit reports and the pointers: {advice}"


@pytest.mark.usefixtures("project")
def test_a_card_that_was_edited_or_whose_table_got_another_license_does_not_fit():
    write_cards()
    edit("docs/model-card.md", "0.690", "0.790")
    edit("data/external/planes.parquet.dvc", "CC0-1.0", "CC-BY-4.0")
    faults = [fault.split()[0] for fault in card.check(PLANES_ONLY)]
    assert faults == ["docs/model-card.md", "docs/data-card.md"]


@pytest.mark.usefixtures("project")
def test_cards_of_another_model_do_not_fit():
    write_cards()
    (fault,) = card.fits(PLANES_ONLY, sha256="0" * 64)
    assert fault == "reports measure the model 3fa23fa23fa2, another than this: run `make repro`"


def test_a_project_that_has_not_run_has_no_cards_to_check(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level("INFO"):
        assert card.check(PLANES_ONLY) == []
    assert "no cards yet" in caplog.text


@pytest.mark.usefixtures("project")
def test_a_use_case_without_a_section_that_the_card_needs_is_refused_by_its_name():
    edit("docs/use-case.md", "## Weak points", "## Strong points")
    with pytest.raises(InputError, match=r"docs/templates: .* no attribute 'Weak points'"):
        write_cards()


@pytest.mark.usefixtures("project")
def test_a_section_without_a_question_is_refused_by_its_name():
    edit("docs/use-case.md", "*Who reads it?*\n\n", "")
    with pytest.raises(InputError, match=r"use-case\.md: 'Users' needs a \*question\*"):
        write_cards()


def test_the_shipped_use_case_can_be_read():
    shipped = card.answers(SHIPPED / "docs/use-case.md")
    assert {"Decision", "Users", "Weak points"} <= shipped.keys()


@pytest.mark.usefixtures("project")
def test_tables_have_as_many_cells_in_each_row_as_in_their_head():
    for text in write_cards():
        for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}) == 1, (
                block
            )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"model": "additive", "best_rounds": 7}, "a sum of functions of single features, learned"),
        ({"model": "boosted", "best_rounds": 7}, "boosted trees, learned by XGBoost in 7 rounds"),
        ({"best_rounds": 7}, "boosted trees, learned by XGBoost in 7 rounds"),
        ({"model": "constant", "best_rounds": 0}, "a constant, which predicts the mean outcome"),
    ],
)
def test_the_model_card_says_what_kind_of_model_it_is(parameters, said):
    write_reports(changed() | {"model": MODEL | {"parameters": parameters}})
    assert said in write_cards()[0]


def changed(**slices):
    """Return the evaluation with other slices."""
    report = json.loads(Path("reports/evaluation.json").read_text())
    return report | {"slices": report["slices"] | slices}
