"""What ROW says to watch is counted like a feature, in training and in the log."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from machinery.data.features import features, watched
from machinery.errors import InputError
from machinery.model import artifact, train
from machinery.model.reference import SCORE
from machinery.monitoring import profile
from tiny.project import PROJECT

from .conftest import answer

NAME = "kilograms a stop"


def watching(expression, name=NAME):
    return replace(PROJECT, row=replace(PROJECT.row, watched={name: expression}))


HEAVY = watching(pl.col("weight") / (1 + pl.col("stops")))


@pytest.fixture(scope="module")
def reference(sample):
    """What a model brings along whose project watches something."""
    found = artifact.load(sample / "models/candidate", 1)
    parts = [
        pl.read_parquet(sample / f"data/split/{part}.parquet") for part in ("train", "validation")
    ]
    return train.reference(HEAVY, found.model, *parts, features=found.manifest.features)


def test_training_counts_what_is_watched_next_to_the_features(reference):
    names = [column.bins.name for column in reference.columns]
    assert names[-2:] == [NAME, SCORE]
    assert reference.columns[-2].by_day().sum() == reference.columns[0].by_day().sum()


def test_a_day_of_the_log_is_counted_in_the_same_bins(engine, alone, parcels, reference):
    day = date(2026, 7, 1)
    answer(engine, alone, parcels[:40], day)
    with engine.connect() as connection:
        rows = profile.profile(connection, HEAVY, day, {alone.champion.version: reference})
    found = {each["bin"]: each["rows"] for each in rows if each["feature"] == NAME}
    made = parcels[:40].select(pl.col("weight") / (1 + pl.col("stops"))).to_series()
    counts = reference.columns[-2].bins.count(made)
    assert found == {place: count for place, count in enumerate(counts) if count}


def test_the_model_of_a_project_that_no_longer_watches_it_is_named(
    engine, alone, parcels, reference
):
    day = date(2026, 7, 1)
    answer(engine, alone, parcels[:5], day)
    with (
        engine.connect() as connection,
        pytest.raises(InputError, match=r"ROW\.watched in") as error,
    ):
        profile.profile(connection, PROJECT, day, {alone.champion.version: reference})
    assert NAME in str(error.value)


@pytest.mark.parametrize(
    ("project", "said"),
    [
        (watching(pl.col("wieght") * 2), "ROW.watched 'kilograms a stop' fails: "),
        (
            watching(pl.col("carrier").cast(pl.Int64)),
            "fails: conversion from `str` to `i64` failed",
        ),
        (watching(pl.col("weight").unique().head(2)), "fails: "),
        (watching(pl.col("weight") - pl.col("weight").mean()), "differs with the other rows: use"),
        (watching(pl.col("weight").diff()), "differs with the other rows: use"),
        (watching(pl.col("weight") > 2), "gives Boolean: write a number"),
        (watching(pl.col("weight") * 2, "weight"), "'weight' has the name of a column: rename it"),
    ],
)
def test_what_cannot_be_watched_is_one_sentence(parcels, project, said):
    with pytest.raises(InputError) as error:
        watched(project, features(PROJECT, parcels[:30]))
    assert said in str(error.value)
    assert str(error.value).startswith("data/schema.py: ROW.watched ")
    assert "\n" not in str(error.value)
