import json

import pytest

from machinery.model.compare_plots import picture, pictures, rows, title


def plot(rows, x, y):
    anchors = {"<DVC_METRIC_DATA>": json.dumps(rows), "<DVC_METRIC_X_LABEL>": x}
    return {"anchor_definitions": anchors | {"<DVC_METRIC_Y_LABEL>": y}}


def roc(revision, line, value):
    return {"rate": "0.5", "model": "0.7", "constant": "0.5", "dvc_inferred_y_value": value} | {
        "rev": revision,
        "field": line,
    }


ROC = [roc(rev, *line) for rev in ("v1", "v2") for line in (("model", "0.7"), ("constant", "0.5"))]
LOSS = [{"step": "0", "logloss": value, "rev": rev} for rev, value in (("v1", "1"), ("v2", "2"))]
GAIN = [{"feature": "age", "gain": "0.4", "rev": rev} for rev in ("v1", "v2")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("roc", "ROC curve"),
        ("my_plot", "My plot"),
        ("reports/training/plots/metrics/validation/logloss.tsv", "Validation logloss"),
    ],
)
def test_a_plot_is_titled_in_words(name, said):
    assert title(name) == said


def test_a_revision_has_one_line_that_of_the_model():
    assert [(row["rev"], row["field"]) for row in rows(plot(ROC, "rate", "share"))] == [
        ("v1", "model"),
        ("v2", "model"),
    ]


def test_of_several_months_the_last_is_drawn():
    shares = [{"month": month, "score": "0.1", "share": "1", "rev": "v1"} for month in "132"]
    svg = picture("scores", plot(shares, "score", "share"), ["v1"])
    assert 'aria-label="Scores in 3"' in svg


@pytest.mark.parametrize(("name", "values"), [("roc", ROC), ("loss.tsv", LOSS), ("gain", GAIN)])
def test_each_revision_is_named_in_each_kind_of_plot(name, values):
    svg = picture(name, plot(values, "a_b", "y"), ["v1", "v2"])
    assert (svg.count(">v1<"), svg.count(">v2<")) == (1, 1)
    assert ">a b<" in svg


def test_a_revision_and_a_plot_that_are_missing_are_left_out():
    drawn = dict(pictures({"roc": [plot(ROC, "x", "y")], "errors": []}, ["v1", "old"]))
    (hint, svg), *others = drawn.items()
    assert hint == "ROC curve: higher is better"
    assert ">old<" not in svg
    assert others == []


def test_the_workspace_is_drawn_only_where_it_was_asked_for():
    both = plot([row | {"rev": "workspace"} for row in LOSS[:1]] + LOSS[1:], "step", "loss")
    assert ">workspace<" not in picture("loss.tsv", both, ["v2"])
    assert ">workspace<" in picture("loss.tsv", both, ["workspace", "v2"])
