"""A model as files: complete, unaltered, and for the features of this code."""

import hashlib

import numpy as np
import polars as pl
import pytest

from machinery.errors import InputError
from machinery.model import artifact, encoding

from .conftest import VERSION, fit

NAMES = ["hour", "carrier"]
KEYS = np.array([1], dtype=np.uint64)


def table(rows=400, seed=1):
    """Late when the hour is late, or the carrier is ZZ and the hour is not early."""
    draw = np.random.default_rng(seed)
    hour, carrier = draw.integers(0, 24, rows), draw.choice(["AA", "UA", "ZZ"], rows)
    late = (hour > 17) | ((carrier == "ZZ") & (hour > 8))
    return pl.DataFrame({"hour": hour, "carrier": carrier, "target": late.astype(float)})


@pytest.fixture(scope="module")
def model():
    return fit(table(), table(seed=2), names=NAMES)


def saved(model, folder):
    artifact.save(model.model, model.manifest, folder, keys=KEYS)
    return folder


def test_the_order_of_the_columns_does_not_matter(model):
    rows = table(seed=3)
    assert np.array_equal(model.score(rows), model.score(rows.select(reversed(rows.columns))))


def test_an_unknown_carrier_is_scored_as_a_missing_one(model):
    unknown = pl.DataFrame({"hour": [12, 12], "carrier": ["??", None]})
    assert model.score(unknown)[0] == model.score(unknown)[1]


def test_rows_without_a_feature_of_the_model_are_refused_by_its_name(model):
    with pytest.raises(InputError, match="the model needs carrier"):
        model.score(table().drop("carrier"))


def test_features_are_compared_by_their_fields_also_after_they_encoded(model):
    again = artifact.describe(table(), NAMES)
    artifact.encode(table(), again)
    assert again == model.manifest.features
    assert again != artifact.describe(table().with_columns(carrier=pl.lit("ZZ")), NAMES)


def test_many_rows_are_encoded_as_a_few_of_them_are(model):
    rows, known = pl.concat([table(seed=seed) for seed in range(3)]), model.manifest.features
    assert rows.height > encoding.FEW
    parts = [artifact.encode(part, known) for part in rows.iter_slices(100)]
    assert np.array_equal(artifact.encode(rows, known), np.concatenate(parts), equal_nan=True)


def test_the_contributions_of_the_features_and_a_constant_add_up_to_the_margin(model):
    rows = table(seed=3)
    contributions = model.contributions(rows)
    score = model.score(rows)
    rest = np.log(score / (1 - score)) - contributions.sum(axis=1)
    assert contributions.shape == (400, 2)
    assert np.ptp(rest) == pytest.approx(0, abs=1e-4)
    assert model.contributions(rows.clear()).shape == (0, 2)


def test_the_manifest_has_an_interval_and_metrics_of_the_validation_part():
    rows, held = (
        table(seed=seed).with_columns(target=pl.col("hour") * 10.0 + seed) for seed in (1, 2)
    )
    model = fit(rows, held, names=NAMES, task="regression")
    known, errors = model.manifest, np.abs(held["target"].to_numpy() - model.score(held))
    assert known.interval == pytest.approx(np.quantile(errors, 0.9))
    assert known.validation["interval_coverage"] == pytest.approx(0.9, abs=0.02)
    assert known.parameters == {"rounds": 20, "seed": 1, "best_rounds": 30}


def test_a_model_survives_being_saved_and_loaded(model, tmp_path):
    loaded = artifact.load(saved(model, tmp_path / "candidate"), VERSION)
    assert np.array_equal(loaded.score(table(seed=3)), model.score(table(seed=3)))
    names = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert names == ["manifest.json", "model.ubj", "training_keys.bin", "training_rows.bin"]
    assert np.array_equal(artifact.training_keys(tmp_path / "candidate", loaded.manifest), KEYS)


def test_a_model_carries_the_reference_that_it_was_given(model, tmp_path):
    artifact.save(model.model, model.manifest, tmp_path, keys=KEYS, reference=b"{}")
    assert (tmp_path / "reference.json").read_bytes() == b"{}"
    digest = hashlib.sha256(b"{}").hexdigest()
    assert artifact.load(tmp_path, VERSION).manifest.reference == digest


def test_an_altered_model_is_refused(model, tmp_path):
    path = saved(model, tmp_path) / "model.ubj"
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="do not belong together"):
        artifact.load(tmp_path, VERSION)


def test_a_manifest_that_was_changed_is_refused(model, tmp_path):
    manifest = saved(model, tmp_path) / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"AA",', '"??",'))
    assert manifest.read_text() != text
    with pytest.raises(InputError, match="do not belong together"):
        artifact.load(tmp_path, VERSION)


@pytest.mark.parametrize("name", ["model.ubj", "manifest.json"])
def test_an_incomplete_model_is_refused(name, model, tmp_path):
    (saved(model, tmp_path) / name).unlink()
    with pytest.raises(InputError, match="holds no model"):
        artifact.load(tmp_path, VERSION)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2}'])
def test_a_manifest_that_cannot_be_read_is_refused_in_one_line(content, model, tmp_path):
    (saved(model, tmp_path) / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=r"manifest\.json: .*: `make repro` trains") as error:
        artifact.load(tmp_path, VERSION)
    assert "\n" not in str(error.value)


def test_a_model_of_another_version_of_the_features_is_refused(model, tmp_path):
    with pytest.raises(InputError, match="knows version 1 of the features, this code makes ver"):
        artifact.load(saved(model, tmp_path), VERSION + 1)


def test_a_folder_with_another_file_of_a_model_is_refused(model, tmp_path):
    folder = saved(model, tmp_path)
    (folder / "model.pkl").write_bytes(b"anything")
    with pytest.raises(InputError, match=r"also holds model\.pkl, which nothing reads: remove it"):
        artifact.load(folder, VERSION)
