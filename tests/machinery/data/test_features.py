"""The stage `features`: a project's feature code sees only what was known before."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from machinery.data import features
from machinery.data.table import KEY, TARGET, types
from machinery.errors import InputError
from tiny.data.schema import ROW
from tiny.project import PROJECT

NAMES = ["carrier", "weight", "stops", "weekday", "hour"]


@pytest.fixture
def rows(sample: Path) -> pl.DataFrame:
    """The labelled rows of the sample."""
    return pl.read_parquet(sample / "data/rows.parquet")


def refused(rows: pl.DataFrame, function: object) -> str:
    with pytest.raises(InputError) as error:
        features.features(replace(PROJECT, features=function), rows)
    said = str(error.value)
    assert "\n" not in said
    assert "plan" not in said.lower()
    return said


def test_the_names_of_the_features_are_known_without_a_row() -> None:
    assert features.names(PROJECT) == NAMES


def test_one_row_and_a_table_give_the_same_bits(rows: pl.DataFrame) -> None:
    some = rows.gather_every(60)
    alone = pl.concat([features.features(PROJECT, row) for row in some.iter_slices(1)])
    assert alone.equals(features.features(PROJECT, some))


def test_key_time_and_target_travel_with_the_features(sample: Path) -> None:
    made = pl.read_parquet(sample / "data/features.parquet")
    assert made.columns == [KEY, "sent", TARGET, *NAMES]


@pytest.mark.parametrize("column", ["days", TARGET])
def test_a_feature_that_reads_what_is_known_afterwards_is_refused_by_name(
    column: str, rows: pl.DataFrame
) -> None:
    wide = rows.with_columns(days=pl.lit(1.0))  # there, and out of reach
    assert refused(wide, lambda table: table.select(trick=pl.col(column) * 2)) == (
        f"data/features.py: features() reads {column!r}, which is known only afterwards: use what"
        " was known before"
    )


@pytest.mark.parametrize(
    ("column", "instead"),
    [
        ("zzz", "there are key, sent, carrier, weight, stops"),
        ("wieght", "did you mean 'weight'?"),
    ],
)
def test_a_column_that_does_not_exist_is_refused_with_those_that_do(
    column: str, instead: str, rows: pl.DataFrame
) -> None:
    assert refused(rows, lambda table: table.select(pl.col(column))) == (
        f"data/features.py: features() reads {column!r}, which is not a column of ROW in"
        f" data/schema.py: {instead}"
    )


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda table: table.head(3), "made 3 rows of 1195: it has to keep each row"),
        (lambda table: table.select(pl.len()), "made 1 rows of 1195"),
        (lambda table: table, "returns key, sent: rename it"),
        (lambda table: table.select(target="weight"), "returns target: rename it"),
        (lambda table: table.collect(), "returned DataFrame: return a polars.LazyFrame"),
        (lambda _: None, "returned NoneType: return a polars.LazyFrame"),
        (
            lambda table: table.select(pl.col("carrier").cast(pl.Int8)),
            "failed: conversion from `str` to `i8` failed in column 'carrier'",
        ),
        (lambda table: table.select(pl.col("weight").dt.year()), "failed: "),
    ],
)
def test_what_a_function_makes_wrong_is_one_sentence(
    function: object, said: str, rows: pl.DataFrame
) -> None:
    assert refused(rows, function).startswith(f"data/features.py: features() {said}")


def test_a_table_without_rows_has_the_same_features() -> None:
    empty = pl.DataFrame(schema=types(ROW))
    assert features.features(PROJECT, empty).columns == NAMES
