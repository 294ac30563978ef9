"""The gate accepts honest models, and refuses or holds those that are not good enough."""

import polars as pl
import pytest

from machinery.errors import InputError

from .conftest import LIMITS
from .judging import PARTS, judged, refused, saved


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
