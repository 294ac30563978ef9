"""Days are counted in the bins of the reference that a model carries."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from machinery.errors import InputError
from machinery.model import artifact, bins, reference
from machinery.monitoring import days, known, profile
from machinery.prediction.log import profiles
from tiny.project import PROJECT

from .conftest import answer

DAY = date(2026, 7, 1)


def test_a_number_is_missing_below_within_or_above():
    found = bins.learn(pl.Series([1.0, 2.0, 3.0]), name="x", category=False)
    given = pl.Series([None, float("nan"), 0.5, 1.0, 2.5, 3.0, 9.0])
    assert found.places(given).tolist() == [0, 0, 1, 2, 4, 4, 5]
    assert found.count(given).tolist() == [2, 1, 1, 0, 2, 1]


def test_a_column_that_is_often_zero_has_a_bin_for_zero():
    found = bins.learn(pl.Series([0.0] * 80 + [0.1, 5.0] * 10), name="x", category=False)
    zero, little = found.places(pl.Series([0.0, 0.05]))
    assert zero != little


def test_the_bins_do_not_depend_on_which_zero_sorts_first():
    for zeros in ([-0.0, 0.0, 3.0], [0.0, -0.0, 3.0], [-0.0]):
        found = bins.learn(pl.Series(zeros), name="x", category=False)
        assert "-0.0" not in found.model_dump_json()


def test_infinite_values_are_beyond_the_bins_which_can_be_read_again():
    values = pl.Series([1.0, 2.0, float("inf"), float("-inf")])
    found = bins.learn(values, name="x", category=False)
    assert bins.Bins.model_validate_json(found.model_dump_json()) == found
    assert found.places(values).tolist() == [2, 3, found.number - 1, bins.UNKNOWN]


def test_rare_categories_share_a_bin_and_unknown_ones_have_their_own():
    names = [f"n{number:02}" for number in range(30)]
    values = pl.Series(names + ["n29"] * 5)
    found = bins.learn(values, name="x", category=True)
    assert found.categories[0] == "n29"
    places = found.places(pl.Series(["n29", "n27", "n28", "strange", None])).tolist()
    assert places == [2, found.number - 1, found.number - 1, bins.UNKNOWN, bins.MISSING]


def test_a_category_of_one_week_is_unknown_once_four_weeks_are_there():
    values = pl.Series(["often", "passing", "passing", "often", "often"])

    def known(*days):
        made = bins.learn(values, name="x", category=True, days=pl.Series(days))
        return made.categories

    assert known(0, 10, 16, 20, 30) == ["often"]
    assert known(0, 10, 17, 20, 30) == ["often", "passing"]
    assert known(0, 1, 2, 3, 27) == ["often", "passing"]  # too short to tell


def test_a_column_without_a_value_is_counted_as_missing():
    found = bins.learn(pl.Series([None, None], dtype=pl.Float64), name="x", category=False)
    assert found.count(pl.Series([None, 1.0])).tolist()[0] == 1


def test_a_trained_model_carries_the_daily_counts_of_what_it_learned_from(sample):
    folder = sample / "models/candidate"
    manifest = artifact.load(folder, 1).manifest
    found = reference.read(folder, manifest.reference)
    parts = [pl.read_parquet(sample / f"data/split/{part}.parquet") for part in ("train",)]
    held = pl.read_parquet(sample / "data/split/validation.parquet")
    columns = {column.bins.name: column for column in found.columns}
    assert list(columns) == ["carrier", "weight", "stops", "weekday", "hour", reference.SCORE]
    assert columns["weight"].by_day().sum() == sum(map(len, parts)) + len(held)
    assert columns[reference.SCORE].by_day().sum() == len(held)
    first = parts[0].filter(pl.col("sent").dt.date() == date(2026, 1, 1))
    counted = columns["carrier"].bins.count(first["carrier"])
    assert columns["carrier"].by_day()[0].tolist() == counted.tolist()
    assert found.days[0] == "2026-01-01"


def test_a_reference_that_was_changed_is_refused(tmp_path):
    (tmp_path / "reference.json").write_bytes(b"{}")
    with pytest.raises(InputError, match="is not what the manifest says"):
        reference.read(tmp_path, "0" * 64)


def closed(engine, models, last=DAY):
    with engine.connect() as connection:
        return days.close(connection, PROJECT, models, last=last)


def profiled(engine, feature="weight"):
    with engine.connect() as connection:
        rows = profiles.read(connection, first=date(2026, 1, 1), last=date(2027, 1, 1))
    return rows.filter(pl.col("feature") == feature)


@pytest.fixture(scope="session")
def models(sample):
    return known.find(known.folders(sample / "models"))


def test_a_day_is_counted_as_the_reference_counts(engine, alone, parcels, models):
    answer(engine, alone, parcels[:50], DAY)
    answer(engine, alone, parcels[50:70], DAY + timedelta(days=1))
    assert closed(engine, models) == []
    (found,) = models.values()
    (weight,) = [c for c in found.reference.columns if c.bins.name == "weight"]
    counts = weight.bins.count(parcels[:50]["weight"])
    rows = profiled(engine)
    assert rows["bin"].to_list() == np.flatnonzero(counts).tolist()
    assert rows["rows"].to_list() == counts[counts > 0].tolist()
    assert set(rows["model_version"]) == {alone.champion.version}
    assert profiled(engine, reference.SCORE)["rows"].sum() == 50


def test_late_answers_are_counted_and_no_answer_twice(engine, alone, parcels, models):
    answer(engine, alone, parcels[:50], DAY)
    closed(engine, models)
    closed(engine, models)
    assert profiled(engine)["rows"].sum() == 50
    answer(engine, alone, parcels[50:60], DAY, name="from the spool")
    closed(engine, models)
    assert profiled(engine)["rows"].sum() == 60


def test_a_profile_outlives_the_answers(engine, alone, parcels, models):
    answer(engine, alone, parcels[:50], DAY, name="a")
    answer(engine, alone, parcels[50:60], DAY, name="b")
    closed(engine, models)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM predictions WHERE request_id LIKE '%a'")
    closed(engine, models)
    assert profiled(engine)["rows"].sum() == 60
    answer(engine, alone, parcels[60:90], DAY, name="late")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE predictions SET arm = 'holdout' WHERE request_id LIKE '%late'"
        )
    closed(engine, models)  # another arm brings late answers, after the first one's were removed
    assert profiled(engine)["rows"].sum() == 60


def test_a_model_that_is_not_here_is_named(engine, alone, parcels):
    answer(engine, alone, parcels[:50], DAY)
    assert closed(engine, {}) == [
        f"{alone.champion.version} is not in models/: `dvc pull` fetches it"
    ]
    assert profiled(engine).is_empty()


def test_a_day_in_pieces_is_counted_like_a_day_at_once(engine, alone, parcels, models, monkeypatch):
    monkeypatch.setattr(profile, "CHUNK", 7)
    answer(engine, alone, parcels[:50], DAY)
    closed(engine, models)
    assert profiled(engine)["rows"].sum() == 50


def test_a_model_without_a_reference_or_of_other_features_is_named(sample):
    here = known.find([sample / "models/candidate"])
    ((hashed, model),) = here.items()
    version, now = f"v1.0.0-{hashed}", model.manifest.features_version
    assert known.of(version, here, features_version=now) is model
    bare = {hashed: replace(model, reference=None)}
    said = known.of(version, bare, features_version=now)
    assert said == f"{version} has no reference, as an earlier version trained it: train it again"
    assert "this code makes version 99" in known.of(version, here, features_version=99)
