import polars as pl
import pytest
from ruamel.yaml import YAML

from machinery.errors import InputError
from machinery.prediction import rollout
from machinery.prediction.arms import ALONE, of_rollout, open_arms
from tiny.project import PROJECT

from .conftest import ROLLOUT

UNITS = pl.Series([f"unit {number}" for number in range(2000)])


def shares(**changes):
    return ALONE.model_copy(update={"salt": "s"} | changes)


def members(arm, **changes):
    arms = rollout.assign(UNITS, shares(**changes))
    return set(UNITS.filter(arms == arm))


def test_each_arm_gets_its_share():
    arms = rollout.assign(UNITS, shares(holdout=0.1, challenger=0.25))
    found = {arm: share / len(UNITS) for arm, share in arms.value_counts().iter_rows()}
    wanted = {"holdout": 0.1, "challenger": 0.25, "champion": 0.65}
    assert found == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize("arm", ["holdout", "challenger"])
def test_a_growing_share_keeps_its_units_and_takes_only_from_the_champion(arm):
    other = {"holdout": "challenger", "challenger": "holdout"}[arm]
    steps = [{arm: share, other: 0.2} for share in (0.05, 0.25, 0.8)]
    before, *later = [members(arm, **step) for step in steps]
    for after in later:
        assert before < after
        before = after
    assert len({frozenset(members(other, **step)) for step in steps}) == 1


def test_another_salt_assigns_the_units_again():
    one, other = (members("holdout", holdout=0.5, salt=salt) for salt in ("a", "b"))
    assert 0.4 < len(one & other) / len(one) < 0.6


def test_the_same_unit_stays_in_its_arm_on_every_machine_and_in_every_release():
    dealt = shares(salt="flights-1", holdout=0.3, challenger=0.3)
    assert " ".join(dealt.arm(unit) for unit in "abcdefgh") == (
        "holdout champion champion champion holdout champion champion champion"
    )


def test_shares_of_zero_and_one_are_exact():
    assert set(rollout.assign(UNITS, shares(holdout=1.0))) == {"holdout"}
    assert set(rollout.assign(UNITS, shares(challenger=1.0))) == {"challenger"}
    assert set(rollout.assign(UNITS, shares())) == {"champion"}


def test_a_missing_unit_gets_the_champion():
    arms = rollout.assign(pl.Series([None], dtype=pl.String), shares(holdout=1.0))
    assert arms.to_list() == ["champion"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"holdout": 1.5}, "holdout is 1.5: input should be less"),
        ({"hold_out": 0.1}, "hold_out is not a parameter: correct its name"),
        ({"shadow": "yes please"}, "shadow is 'yes please': input should be a valid boolean"),
        ({"salt": None}, "salt is None: input should be a valid string"),
        ({"holdout": 0.6, "challenger": 0.5}, "holdout and challenger are more than 1 together"),
        ({"challenger": 0.5, "shadow": True}, "in shadow the challenger decides nothing"),
        (
            {"assign_by": "customer"},
            "assign_by 'customer' is not a column of ROW in data/schema.py: key, sent",
        ),
    ],
)
def test_a_contradictory_rollout_is_refused(changes, sentence, tmp_path):
    yaml = YAML(typ="safe")
    yaml.dump(yaml.load(ROLLOUT) | changes, tmp_path / "rollout.yaml")
    with pytest.raises(InputError, match=f"rollout.yaml: {sentence}"):
        rollout.load(tmp_path / "rollout.yaml", PROJECT.row)


def test_until_there_is_a_champion_the_candidate_predicts(model, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/candidate").symlink_to(model)
    (tmp_path / "rollout.yaml").write_bytes(ROLLOUT.read_bytes())
    assert open_arms(PROJECT, None, tmp_path / "rollout.yaml").champion.manifest


def test_a_missing_champion_is_an_error_not_a_reason_to_use_the_candidate(model, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/candidate").symlink_to(model)
    (tmp_path / "models/champion").symlink_to("v1.0.0")
    with pytest.raises(InputError, match="models/champion holds no model"):
        of_rollout(PROJECT, rollout.load(ROLLOUT, PROJECT.row), tmp_path)


def test_the_challenger_is_loaded_only_where_it_is_needed(models):
    needs = {"challenger": 0.1}, {"shadow": True}
    folders = rollout.Models(champion="champion", challenger="challenger", before_release=None)
    assert of_rollout(PROJECT, shares(models=folders), models).challenger is None
    for need in needs:
        assert of_rollout(PROJECT, shares(models=folders, **need), models).challenger
