import numpy as np
import polars as pl
import pytest

from machinery.model import artifact, live, train
from machinery.errors import InputError

from .conftest import TRAIN

HOW = TRAIN.model_copy(
    update={
        "rounds": 60,
        "min_child_weight": 0.0,
        "learning_rate": 0.3,
        "colsample_bynode": 0.3,
        "monotone_constraints": {"hour": 1},
    }
)
NAMES = ["hour", "carrier"]
KEYS = np.array([1], dtype=np.uint64)


def table(rows=400, seed=1):
    """Late when the hour is late, or the carrier is ZZ and the hour is not early."""
    draw = np.random.default_rng(seed)
    hour, carrier = draw.integers(0, 24, rows), draw.choice(["AA", "UA", "ZZ"], rows)
    late = (hour > 17) | ((carrier == "ZZ") & (hour > 8))
    return pl.DataFrame({"hour": hour, "carrier": carrier, "target": late.astype(float)})


def fit(rows, how=HOW):
    features = artifact.describe(rows, NAMES)
    booster = train.train(rows, table(seed=2), features=features, how=how)
    manifest = train.manifest(booster, table(seed=2), features=features, how=how)
    return artifact.Artifact(booster, manifest)


def test_a_small_table_can_be_learned_by_heart():
    rows = table()
    model = fit(rows)
    assert ((model.score(rows) > 0.5) == (rows["target"].to_numpy() == 1)).mean() > 0.99


def test_probabilities_are_between_0_and_1():
    score = fit(table()).score(table(seed=3))
    assert score.min() >= 0
    assert score.max() <= 1


def test_the_same_rows_and_seed_give_the_same_bytes():
    first, second = (bytes(fit(table()).booster.save_raw("ubj")) for _ in range(2))
    assert first == second
    other = HOW.model_copy(update={"seed": 7, "subsample": 0.5})
    assert bytes(fit(table(), other).booster.save_raw("ubj")) != first


def test_a_later_hour_is_not_less_often_late():
    hours = pl.DataFrame({"hour": range(24), "carrier": ["ZZ"] * 24})
    assert (np.diff(fit(table()).score(hours)) >= 0).all()


def test_a_constraint_on_something_that_is_no_feature_is_refused_by_name():
    with pytest.raises(InputError, match="monotone_constraints names snow"):
        fit(table(), HOW.model_copy(update={"monotone_constraints": {"snow": 1}}))


def test_the_order_of_the_columns_does_not_matter():
    model, rows = fit(table()), table(seed=3)
    assert np.array_equal(model.score(rows), model.score(rows.select(reversed(rows.columns))))


def test_an_unknown_carrier_is_scored_as_a_missing_one():
    model = fit(table())
    unknown = pl.DataFrame({"hour": [12, 12], "carrier": ["??", None]})
    assert model.score(unknown)[0] == model.score(unknown)[1]


def test_a_target_that_is_not_binary_is_refused():
    rows = table().with_columns(target=pl.lit(11.0))
    with pytest.raises(InputError, match="target holds 11, not both 0 and 1"):
        fit(rows)


def test_regression_predicts_a_number_with_an_interval():
    rows = table().with_columns(target=pl.col("hour") * 10.0)
    how = HOW.model_copy(update={"problem": "regression"})
    features = artifact.describe(rows, NAMES)
    booster = train.train(rows, rows, features=features, how=how)
    manifest = train.manifest(booster, rows, features=features, how=how)
    score = artifact.Artifact(booster, manifest).score(rows)
    assert np.abs(score - rows["target"].to_numpy()).mean() < 5
    assert manifest.interval is not None
    assert manifest.validation["interval_coverage"] == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(("model", "rounds"), [("boosted", 60), ("constant", 0)])
def test_the_training_curve_has_the_loss_of_each_round_and_no_clock(model, rounds, tmp_path):
    how, features = HOW.model_copy(update={"model": model}), artifact.describe(table(), NAMES)
    watch = [live.recorder(tmp_path / "curve")]
    train.train(table(), table(seed=2), features=features, how=how, callbacks=watch)
    curve = [path.read_text().splitlines() for path in tmp_path.rglob("*.tsv")]
    assert [lines[0] for lines in curve] == ["step\tlogloss"] * min(rounds, 1)
    assert sum(len(lines) - 1 for lines in curve) == rounds
    assert (tmp_path / "curve" / "metrics.json").is_file()


def test_a_model_survives_being_saved_and_loaded(tmp_path):
    model = fit(table())
    artifact.save(model.booster, model.manifest, tmp_path / "candidate", keys=KEYS)
    loaded = artifact.load(tmp_path / "candidate")
    assert np.array_equal(loaded.score(table(seed=3)), model.score(table(seed=3)))
    names = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert names == ["manifest.json", "model.ubj", "training_keys.bin"]


def test_an_altered_model_is_refused(tmp_path):
    model = fit(table())
    artifact.save(model.booster, model.manifest, tmp_path, keys=KEYS)
    content = bytearray((tmp_path / "model.ubj").read_bytes())
    content[-20] ^= 1
    (tmp_path / "model.ubj").write_bytes(content)
    with pytest.raises(InputError, match="do not belong together"):
        artifact.load(tmp_path)


def test_a_manifest_that_was_changed_is_refused(tmp_path):
    model = fit(table())
    artifact.save(model.booster, model.manifest, tmp_path, keys=KEYS)
    manifest = tmp_path / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"AA",', '"??",'))
    assert manifest.read_text() != text
    with pytest.raises(InputError, match="do not belong together"):
        artifact.load(tmp_path)


@pytest.mark.parametrize("name", ["model.ubj", "manifest.json"])
def test_an_incomplete_model_is_refused(name, tmp_path):
    model = fit(table())
    artifact.save(model.booster, model.manifest, tmp_path, keys=KEYS)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match="holds no model"):
        artifact.load(tmp_path)


def test_rows_without_a_feature_of_the_model_are_refused_by_its_name():
    with pytest.raises(InputError, match="the model needs carrier"):
        fit(table()).score(table().drop("carrier"))
