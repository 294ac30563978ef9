"""The gate refuses models that cannot be trusted: leaks, copies, edited reports, changed tables."""

import numpy as np
import polars as pl
import pytest

from machinery.data.changes import Change
from machinery.errors import InputError
from machinery.model import artifact
from machinery.model.criteria import leaks
from machinery.model.evaluation import Evaluation

from .conftest import LIMITS, VERSION
from .judging import OUTSIDE, PARTS, judged, measured, refused, saved


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("honest") / "v1.0.0", PARTS["train"])


def test_a_model_that_was_trained_on_test_rows_is_refused_by_their_keys(tmp_path):
    both = pl.concat([PARTS["train"], PARTS["test"]])
    verdict = judged(saved(tmp_path / "candidate", both))
    assert "test rows that were trained on" in refused(verdict)
    assert "| 3000 | REFUSE |" in verdict.table()


def test_a_model_that_hides_the_test_rows_it_was_trained_on_is_refused_by_its_metrics(tmp_path):
    by_heart = {"max_depth": 12, "min_child_weight": 0.0, "subsample": 1.0, "reg_lambda": 0.0}
    folder = saved(tmp_path / "candidate", PARTS["test"], knows=PARTS["train"], **by_heart)
    assert "test roc_auc above validation" in refused(judged(folder))


def with_delay(rows):
    """The delay at departure, known afterwards, of which lateness mostly follows."""
    draw = np.random.default_rng(5)
    return rows.with_columns(dep_delay=pl.col("target") * 2 + draw.normal(size=rows.height))


def test_a_feature_that_knows_the_answer_is_refused_by_its_name(tmp_path):
    fed = {part: with_delay(rows) for part, rows in PARTS.items()}
    folder = saved(tmp_path / "candidate", fed["train"], validation=fed["validation"])
    verdict = judged(folder, **fed)
    assert {"AUC of the best feature alone", "largest share of the gain"} <= refused(verdict)
    assert ": dep_delay | REFUSE" in verdict.table()


def test_limits_on_a_single_feature_can_be_lifted_and_are_then_not_asked(tmp_path):
    fed = {part: with_delay(rows) for part, rows in PARTS.items()}
    folder = saved(tmp_path / "candidate", fed["train"], validation=fed["validation"])
    lifted = LIMITS.model_copy(update={"leak_auc": None, "max_gain_share": None})
    verdict = judged(folder, limits=lifted, **fed)
    assert not {"AUC of the best feature alone", "largest share of the gain"} & refused(verdict)
    assert "| AUC of the best feature alone | - |" in verdict.table()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"copy": pl.col("target")}, "copy"),
        ({"target": pl.col("target") * 0.1, "copy": pl.col("target") * 0.1}, "copy"),
        ({"a": pl.col("target") - pl.col("x"), "b": pl.col("x")}, "a + b"),
        ({"a": pl.col("target") + pl.col("x"), "b": pl.col("x")}, "a - b"),
    ],
)
def test_features_that_give_the_target_are_named(columns, said):
    rows = PARTS["test"].with_columns(**columns).drop("x", "noise", "side", "w")
    features = artifact.describe(rows, [name for name in rows.columns if name not in OUTSIDE])
    assert leaks.identities(rows, features) == [said]


def test_a_bend_a_category_and_a_missing_value_tell_what_they_can():
    rows = PARTS["train"].select(
        "key",
        "target",
        bend=(pl.col("target") - 0.5) * pl.Series(np.resize([-1.0, 1.0, 3.0, -3.0], 3000)) ** 2,
        kind=pl.when(pl.col("target") == 1).then(pl.lit("late")).otherwise(pl.lit("punctual")),
        gap=pl.when(pl.col("target") == 1).then(1.0),
    )
    features = artifact.describe(rows, ["bend", "kind", "gap"])
    assert set(leaks.single_features(rows, rows, features).values()) == {1.0}


def test_a_report_of_another_model_is_refused(honest, tmp_path):
    other = saved(tmp_path / "candidate", PARTS["train"], max_depth=3)
    evaluation = measured(artifact.load(honest, VERSION), PARTS)
    assert refused(judged(other, evaluation=evaluation)) == {"metrics measured again"}


def test_a_report_that_was_changed_by_hand_is_refused_with_the_metric(honest):
    said = measured(artifact.load(honest, VERSION), PARTS).model_dump()
    said["slices"]["overall"]["models"]["model"]["log_loss"]["value"] = 0.1
    verdict = judged(honest, evaluation=Evaluation.model_validate(said))
    assert refused(verdict) == {"metrics measured again"}
    assert "| the same | log_loss 0." in verdict.table()


def test_cards_that_do_not_fit_are_refused_with_what_is_wrong(honest):
    verdict = judged(honest, cards=["docs/model-card.md does not fit reports: run it again"])
    assert refused(verdict) == {"faults of the cards"}
    assert "does not fit reports: run it again | REFUSE" in verdict.table()


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_model_that_does_not_say_what_it_learned_from_is_refused(change, tmp_path):
    folder = saved(tmp_path / "candidate", PARTS["train"].head(300))
    path = folder / "training_keys.bin"
    path.unlink() if change == "gone" else path.write_bytes(b"12345678")
    with pytest.raises(InputError, match=r"training_keys\.bin"):
        judged(folder)


def under_other_keys(rows, mark=0, **changes):
    return rows.with_columns(key=pl.col("key") + f"-copy {mark}", **changes)


@pytest.mark.parametrize(
    ("copied", "said"),
    [
        (under_other_keys(PARTS["test"]), "100.00 %"),
        (under_other_keys(PARTS["test"][::2]), "50.00 %"),
        (under_other_keys(PARTS["test"][:60], x=pl.col("x") * (1 + 1e-9)), "2.00 %"),
        (pl.concat([PARTS["validation"], under_other_keys(PARTS["test"])]), "100.00 %"),
        (
            pl.concat([under_other_keys(PARTS["test"][:300], number) for number in range(20)]),
            "10.00 %",
        ),
    ],
    ids=["all", "half", "few, not to the last digit", "with validation", "a tenth, many times"],
)
def test_test_rows_that_were_learned_under_other_keys_are_refused(copied, said, tmp_path):
    verdict = judged(saved(tmp_path / "candidate", pl.concat([PARTS["train"], copied])))
    assert "test rows that equal a training row" in refused(verdict)
    assert f"| {said} | REFUSE |" in verdict.table()


@pytest.mark.parametrize("name", ["x", "w", "noise"])
def test_test_rows_that_were_learned_with_another_value_of_one_feature_are_refused(name, tmp_path):
    twins = under_other_keys(PARTS["test"][::5], **{name: pl.col(name).shift(1, fill_value=0.0)})
    verdict = judged(saved(tmp_path / "candidate", pl.concat([PARTS["train"], twins])))
    (found,) = (row for row in verdict.criteria if row.name.endswith("but for one value"))
    assert found.name in refused(verdict)
    assert 8 < float(found.value.split()[0]) <= 20  # most values occur in the rows that we try


def test_rows_of_few_values_may_resemble_each_other(tmp_path):
    coarse = {
        part: rows.with_columns(pl.col("x", "w", "noise").round(0)) for part, rows in PARTS.items()
    }
    folder = saved(tmp_path / "candidate", coarse["train"], validation=coarse["validation"])
    verdict = judged(folder, **coarse)
    found = [row for row in verdict.criteria if row.name.startswith("test rows that equal")]
    assert len(found) == 2
    assert all(row.passed and float(row.value.split()[0]) > 80 for row in found)


def test_test_rows_may_repeat_each_other_more_often_than_training_rows_do(tmp_path):
    round_all = pl.col("x", "w", "noise").round(0)
    train, test = PARTS["train"], PARTS["test"].with_columns(round_all)
    mixed = pl.concat([train[::2], train[1::2].with_columns(round_all)])
    verdict = judged(saved(tmp_path / "candidate", mixed), train=mixed, test=test)
    found = [row for row in verdict.criteria if row.name.startswith("test rows that equal")]
    assert len(found) == 2
    assert all(row.passed and float(row.value.split()[0]) > 80 for row in found)


def test_a_table_that_changed_holds_the_model_or_is_said(honest):
    stop = Change("weather", "mean of temp", "55.2", "13.1", 4.0, stops=True)
    warn = Change("flights", "highest distance", "4983", "8017", 1.2, stops=False)
    name = "tables that changed since the last release"
    held = judged(honest, tables=[stop, warn])
    assert (held.verdict, held.held_by) == ("held", [name])
    assert "weather: mean of temp 55.2 before, 13.1 now | HOLD" in held.table()
    warned = judged(honest, tables=[warn])
    assert warned.verdict == "accepted"
    assert "flights: highest distance 4983 before, 8017 now | pass" in warned.table()
