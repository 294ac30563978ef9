import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machinery.data.table import KEY
from machinery.model import artifact
from machinery.prediction.arms import ALONE, Arms, alone
from machinery.prediction.predict import predict
from tiny.project import PROJECT

from .conftest import EXAMPLE, KINDS, RANGES, load, table

NUMBERS = {
    name: st.integers(*bounds) if KINDS[name].is_integer() else st.floats(*bounds)
    for name, bounds in RANGES.items()
}
ROW = st.builds(
    lambda given, key, gaps: EXAMPLE | given | dict.fromkeys(gaps) | {KEY: key},
    st.fixed_dictionaries(NUMBERS),
    st.text(min_size=1, max_size=5),
    st.sets(st.sampled_from(sorted(set(EXAMPLE) - {KEY}))),
)


def both(models, **rollout):
    """The two models in one rollout, with a holdout and a challenger unless told otherwise."""
    shares = {"salt": "s", "holdout": 0.2, "challenger": 0.3} | rollout
    return Arms(
        PROJECT,
        load(models / "champion"),
        load(models / "challenger"),
        ALONE.model_copy(update=shares),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dicts=st.lists(ROW, min_size=1, max_size=8))
def test_a_row_gets_the_same_answer_alone_in_a_table_and_in_another_order(models, dicts):
    arms, whole = both(models), table(*dicts)
    together = predict(whole, arms)
    apart = pl.concat([predict(whole[place], arms) for place in range(whole.height)])
    backwards = predict(whole.reverse(), arms).reverse()
    for other in (apart, backwards):
        assert other.drop("score").equals(together.drop("score"))
        assert other["score"].to_list() == pytest.approx(together["score"].to_list(), abs=1e-6)


@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_batch_gives_what_the_library_call_gives(name, rows, model, run, tmp_path):
    rows.write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / name)
    assert result.exit_code == 0, result.output
    read = pl.read_csv if name.endswith("csv") else pl.read_parquet
    expected = predict(rows, alone(PROJECT, model))
    assert read(tmp_path / name).equals(expected)
    assert expected.columns == ["key", "score", "decision", "arm", "model_version"]


def test_a_score_from_the_threshold_on_is_a_decision(rows, model):
    answers = predict(rows, alone(PROJECT, model))
    threshold = load(model).manifest.threshold
    assert answers["decision"].to_list() == (answers["score"] >= threshold).to_list()
    assert answers["decision"].n_unique() == 2


def test_a_model_without_a_threshold_decides_nothing(rows, model):
    loaded = load(model)
    silent = artifact.Artifact(loaded.model, loaded.manifest.model_copy(update={"threshold": None}))
    assert predict(rows, Arms(PROJECT, silent))["decision"].null_count() == rows.height


def test_each_arm_is_answered_by_its_model_and_the_holdout_by_default(rows, models):
    arms = both(models, default_decision=True)
    answers = predict(rows, arms)
    by_model = {
        name: predict(rows, alone(PROJECT, models / name)) for name in ("champion", "challenger")
    }
    assert set(answers["arm"]) == {"champion", "challenger", "holdout"}
    for answer, champion, challenger in zip(
        answers.iter_rows(named=True),
        *(frame.iter_rows(named=True) for frame in by_model.values()),
        strict=True,
    ):
        given = challenger if answer["arm"] == "challenger" else champion
        decision = True if answer["arm"] == "holdout" else given["decision"]
        assert answer == given | {"arm": answer["arm"], "decision": decision}


def test_in_shadow_the_challenger_scores_all_and_decides_nothing(rows, models):
    arms = both(models, shadow=True, holdout=0.0, challenger=0.0)
    answers = predict(rows, arms)
    challenger = predict(rows, alone(PROJECT, models / "challenger"))
    assert answers.drop("shadow_score", "shadow_version").equals(
        predict(rows, alone(PROJECT, models / "champion"))
    )
    assert answers["shadow_score"].equals(challenger["score"], check_names=False)
    assert set(answers["shadow_version"]) == {arms.versions["challenger"]}


def test_contributions_are_the_largest_and_lead_from_the_constant_to_the_score(rows, model):
    loaded = load(model)
    answers = predict(rows, Arms(PROJECT, loaded), contributions=2)
    for pairs in answers["contributions"]:
        sizes = [abs(pair["value"]) for pair in pairs]
        assert len(sizes) == 2
        assert sizes == sorted(sizes, reverse=True)
    every = predict(rows, Arms(PROJECT, loaded), contributions=1000)["contributions"]
    sums = pl.Series([sum(pair["value"] for pair in pairs) for pairs in every])
    odds = (answers["score"] / (1 - answers["score"])).log()
    assert (odds - sums).std() < 1e-5


def test_no_rows_get_no_answers(rows, models):
    empty = predict(rows.clear(), both(models), contributions=2)
    assert empty.is_empty()
    assert empty.schema == predict(rows, both(models), contributions=2).schema
