import numpy as np
import polars as pl
import pytest

from machinery import params
from machinery.data.changes import Change
from machinery.data.split import key_hashes
from machinery.errors import InputError
from machinery.model import artifact, evaluate, gate
from machinery.model.contents import content_hashes
from machinery.model.criteria import leaks
from machinery.model.criteria.case import Case
from machinery.model.evaluation import Evaluation

from . import conftest
from .conftest import LIMITS, VERSION

HOW = params.Evaluate(seed=1, bootstrap_rounds=40, slices=["side"], min_rows=100)
OUTSIDE = ("key", "target")


def table(seed, rows=3000):
    """The effect of x depends on the side, which no sum of single features can express; w helps both."""
    draw = np.random.default_rng(seed)
    x, w, noise = draw.normal(size=(3, rows))
    side = draw.choice(["left", "right"], rows)
    odds = np.where(side == "left", 2.5, -2.5) * x + w
    late = draw.random(rows) < 1 / (1 + np.exp(-odds))
    columns = {"x": x, "w": w, "noise": noise, "side": side, "target": late.astype(float)}
    return pl.DataFrame({"key": [f"{seed}-{row}" for row in range(rows)], **columns})


PARTS = {"train": table(1), "validation": table(2), "test": table(3)}


def saved(folder, rows, *, knows=None, validation=PARTS["validation"], rounds=60, **settings):
    """Save a model of `rows`; `knows` are the rows that it claims to have learned from."""
    names = [name for name in rows.columns if name not in OUTSIDE]
    model = conftest.fit(rows, validation, names=names, rounds=rounds, **settings)
    claimed = rows if knows is None else knows
    contents = content_hashes(claimed, model.manifest.features)
    keys = key_hashes(claimed["key"])
    artifact.save(model.model, model.manifest, folder, keys=keys, contents=contents)
    return folder


def measured(candidate, parts):
    return evaluate.evaluate(candidate, **parts, settings=HOW, time=None, unit="row")[0]


def judged(
    folder,
    champion=None,
    limits=LIMITS,
    cards=(),
    evaluation=None,
    best=None,
    remade=None,
    tables=None,
    **changed,
):
    parts = PARTS | changed
    candidate = artifact.load(folder, VERSION)
    return gate.judge(
        Case(
            candidate=candidate,
            trained_on=artifact.training_keys(folder, candidate.manifest),
            learned=artifact.training_rows(folder, candidate.manifest),
            evaluation=evaluation or measured(candidate, parts),
            train=parts["train"],
            test=parts["test"],
            cards=list(cards),
            champion=champion,
            best=best,
            remade=remade,
            changed=tables,
            limits=limits,
            settings=HOW,
            features_version=VERSION,
        )
    )


def refused(verdict):
    return {criterion.name for criterion in verdict.criteria if not criterion.passed}


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("honest") / "v1.0.0", PARTS["train"])


def test_an_honest_model_is_accepted_and_it_is_said_that_there_is_no_champion(honest):
    verdict = judged(honest)
    assert (verdict.verdict, refused(verdict)) == ("accepted", set())
    assert verdict.champion is None
    assert "not compared: no champion is here" in verdict.table()


def test_a_model_that_is_trained_again_is_accepted_beside_the_champion(honest, tmp_path):
    again = saved(tmp_path / "candidate", PARTS["train"].sample(fraction=1, seed=1), seed=7)
    verdict = judged(again, champion=honest)
    assert (verdict.verdict, verdict.champion) == ("accepted", "v1.0.0")


def test_only_rows_count_that_the_champion_did_not_learn(honest, tmp_path):
    by_heart = {"max_depth": 12, "min_child_weight": 0.0, "subsample": 1.0, "reg_lambda": 0.0}
    both = pl.concat([PARTS["train"], PARTS["test"][:1500]])
    champion = saved(tmp_path / "v1.1.0", both, **by_heart)
    verdict = judged(honest, champion=champion)
    assert "; on 1500 rows, as v1.1.0 learned the other 1500 |" in verdict.table()
    # On all rows, the champion looks far better than it is.
    assert "gain over the champion" not in refused(verdict)
    assert "learned the other" not in judged(honest, champion=honest).table()


def test_a_champion_that_learned_all_test_rows_holds_the_candidate(honest, tmp_path):
    champion = saved(tmp_path / "v1.1.0", PARTS["test"])
    verdict = judged(honest, champion=champion)
    assert (verdict.verdict, verdict.held_by) == ("held", ["gain over the champion"])
    assert "it learned all but 0 of the 3000 test rows" in verdict.table()


def test_small_losses_in_a_row_are_refused_by_the_best_release(honest, tmp_path):
    worse = saved(tmp_path / "v1.4.0", PARTS["train"].head(700))
    again = saved(tmp_path / "candidate", PARTS["train"].head(690))
    assert judged(again, champion=worse).verdict == "accepted"
    assert refused(judged(again, champion=worse, best=honest)) == {"gain over the best release"}
    (said,) = [
        row for row in judged(again, champion=honest, best=honest).criteria if not row.passed
    ]
    assert said.name == "gain over the champion"  # the best release is the champion: asked once


def test_a_champion_of_other_feature_code_is_scored_on_the_features_that_its_code_makes(
    honest, tmp_path
):
    """The feature x was measured in other units, and `noise` is gone."""
    today = {
        part: rows.drop("noise").with_columns(x=pl.col("x") * 100) for part, rows in PARTS.items()
    }
    folder = saved(tmp_path / "candidate", today["train"], validation=today["validation"])
    asked = []

    def remade(version):
        asked.append(version)
        return PARTS["test"].sample(fraction=1, shuffle=True, seed=1)

    verdict = judged(folder, champion=honest, remade=remade, **today)
    assert (verdict.verdict, asked) == ("accepted", ["v1.0.0"])
    verdict = judged(folder, champion=honest, remade=lambda _: PARTS["test"][1:], **today)
    assert verdict.held_by == ["gain over the champion"]
    assert "the code of v1.0.0 makes 2999 of the 3000 test rows" in verdict.table()


def test_a_constant_goes_to_dev_only_and_is_refused_where_it_boosted_to_become_one(tmp_path):
    said = saved(tmp_path / "said", PARTS["train"], rounds=0)
    silent = saved(tmp_path / "silent", PARTS["train"], min_child_weight=1e6)
    assert judged(said).verdict == "dev only"
    verdict = judged(silent)
    assert verdict.verdict == "refused"
    assert {"spread of the scores", "gain over the linear baseline"} <= refused(verdict)


def test_a_constant_goes_no_further_than_dev_whatever_the_limits(tmp_path):
    folder = saved(tmp_path / "candidate", PARTS["train"], rounds=0)
    none = {"floors": {}, "min_over_baseline": -1.0, "max_below_in_slice": 1.0}
    lax = LIMITS.model_copy(update=none | {"min_score_spread": 0.0})
    verdict = judged(folder, limits=lax)
    same = "share of rows at or above the threshold"  # of equal scores, all or none
    flat = "spread of the scores in the flattest slice, of the linear baseline's"
    assert (verdict.verdict, refused(verdict)) == ("dev only", {same, flat})


def test_shuffled_labels_are_refused_by_the_floors(tmp_path):
    shuffled = PARTS["train"].with_columns(pl.col("target").shuffle(seed=1))
    assert {"roc_auc", "log_loss"} <= refused(judged(saved(tmp_path / "candidate", shuffled)))


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


def test_a_model_that_is_broken_on_one_side_is_refused_by_that_slice(honest, tmp_path):
    left = pl.col("side") == "left"
    broken = PARTS["train"].with_columns(
        target=pl.when(left).then(pl.col("target").shuffle(seed=1)).otherwise("target")
    )
    verdict = judged(saved(tmp_path / "candidate", broken), champion=honest)
    assert "worst slice against the champion" in refused(verdict)
    assert "side=left | REFUSE" in verdict.table()


def test_a_model_that_is_slightly_worse_than_the_champion_is_refused_by_that_alone(
    honest, tmp_path
):
    weak = saved(tmp_path / "candidate", PARTS["train"].head(500))
    assert judged(weak).verdict == "accepted"
    assert refused(judged(weak, champion=honest)) == {"gain over the champion"}


def without_doubt(rows):
    """Every outcome is the likelier one, so that a model that learns from it is overconfident."""
    odds = pl.when(pl.col("side") == "left").then(2.5).otherwise(-2.5) * pl.col("x") + pl.col("w")
    return rows.with_columns(target=(odds > 0).cast(pl.Float64))


def test_an_overconfident_model_is_refused_by_its_calibration(tmp_path):
    sure = {part: without_doubt(PARTS[part]) for part in ("train", "validation")}
    folder = saved(tmp_path / "candidate", sure["train"], validation=sure["validation"])
    assert "calibration error" in refused(judged(folder))


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


def test_a_champion_that_cannot_be_measured_holds_the_candidate_with_the_reason(honest, tmp_path):
    less = {part: rows.drop("noise") for part, rows in PARTS.items()}
    folder = saved(tmp_path / "candidate", less["train"], validation=less["validation"])
    verdict = judged(folder, champion=honest, **less)
    assert verdict.held_by == ["gain over the champion"]
    assert "the model needs noise" in verdict.table()
    alone = LIMITS.model_copy(update={"max_below_champion": None})
    verdict = judged(folder, champion=honest, limits=alone, **less)
    assert (verdict.verdict, verdict.champion) == ("accepted", None)  # it was not compared
    assert verdict.comparison == "compared with no champion"


def test_a_slice_of_one_class_hides_no_other(honest):
    left, right = pl.col("side") == "left", pl.col("side") == "right"
    late = PARTS["test"].filter(left & (pl.col("target") == 1)).with_columns(side=pl.lit("a"))
    verdict = judged(honest, test=pl.concat([PARTS["test"].filter(right), late]))
    (worst,) = [each for each in verdict.criteria if each.name.startswith("worst slice")]
    assert worst.value.endswith("side=right")


def test_a_floor_that_is_no_metric_is_refused_with_what_to_do(honest):
    with pytest.raises(InputError, match=r"names rmse.*`model reset-gate`"):
        judged(honest, limits=LIMITS.model_copy(update={"floors": {"rmse": 1.0}}))


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


def test_rows_of_few_values_may_resemble_each_other(tmp_path):
    coarse = {
        part: rows.with_columns(pl.col("x", "w", "noise").round(0)) for part, rows in PARTS.items()
    }
    folder = saved(tmp_path / "candidate", coarse["train"], validation=coarse["validation"])
    verdict = judged(folder, **coarse)
    (found,) = [row for row in verdict.criteria if row.name.startswith("test rows that equal")]
    assert found.passed
    assert float(found.value.split()[0]) > 80


def test_test_rows_may_repeat_each_other_more_often_than_training_rows_do(tmp_path):
    round_all = pl.col("x", "w", "noise").round(0)
    train, test = PARTS["train"], PARTS["test"].with_columns(round_all)
    mixed = pl.concat([train[::2], train[1::2].with_columns(round_all)])
    verdict = judged(saved(tmp_path / "candidate", mixed), train=mixed, test=test)
    (found,) = [row for row in verdict.criteria if row.name.startswith("test rows that equal")]
    assert found.passed
    assert float(found.value.split()[0]) > 80


def test_a_leap_over_the_champion_or_the_baseline_is_held_until_a_person_accepts_it(
    honest, tmp_path
):
    strict = LIMITS.model_copy(update={"max_above_baseline": 0.1})
    alone = judged(honest, limits=strict)
    assert (alone.verdict, alone.refused_by) == ("held", [])
    assert alone.held_by == ["gain over the linear baseline, of what is left to gain"]
    assert "| HOLD |" in alone.table()
    weak = saved(tmp_path / "v0.9.0", PARTS["train"].head(300))
    verdict = judged(honest, champion=weak, limits=strict)  # the champion was accepted before
    assert verdict.held_by == ["gain over the champion, of what is left to gain"]
    free = strict.model_copy(update={"max_above_champion": None})
    assert judged(honest, champion=weak, limits=free).verdict == "accepted"


def test_a_model_that_one_criterion_refuses_and_another_holds_is_refused(honest):
    strict = LIMITS.model_copy(update={"max_above_baseline": 0.1})
    verdict = judged(honest, limits=strict, cards=["a fault"])
    assert (verdict.verdict, verdict.refused_by) == ("refused", ["faults of the cards"])
    assert verdict.held_by


def test_a_model_that_is_broken_in_a_slice_that_nobody_listed_is_refused_by_it(honest, tmp_path):
    """The sign of x is learned wrongly where w is large."""
    large = pl.col("w") > 1.3
    broken = PARTS["train"].with_columns(
        target=pl.when(large).then(1 - pl.col("target")).otherwise("target")
    )
    strict = LIMITS.model_copy(update={"max_below_in_any_slice": 0.02})
    verdict = judged(saved(tmp_path / "candidate", broken), champion=honest, limits=strict)
    name = "loss in the worst unlisted slice against the champion"
    assert name in refused(verdict)
    (said,) = [row.value for row in verdict.criteria if row.name == name]
    assert ": w from 1." in said


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
