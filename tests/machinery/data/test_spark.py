"""Rows and features on Spark, as far as they need no Spark."""

from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest

from machinery.data.differences import Difference
from machinery.data.spark.features import carried
from machinery.data.spark.join import FILE, PLACE, in_order, within
from machinery.data.spark.refusals import _explained, border
from machinery.data.spark.tables import read
from machinery.data.table import KEY, TARGET, Parts
from machinery.errors import InputError
from tiny.command import invoke
from tiny.data.schema import ROW
from tiny.project import PROJECT
from tiny.sample import parcels

JANUARY = datetime(2026, 1, 1)


def test_rows_of_a_table_are_in_the_order_of_its_files() -> None:
    mixed = pl.DataFrame({"n": [3, 1, 2], FILE: ["b", "a", "a"], PLACE: [0, 0, 1]})
    assert in_order(mixed).to_dict(as_series=False) == {"n": [1, 2, 3]}


def test_a_row_belongs_to_one_period_alone() -> None:
    times = [
        datetime(2025, 12, 31, 23, 59),
        JANUARY,
        datetime(2026, 1, 31, 23),
        datetime(2026, 2, 1),
    ]
    made = pl.DataFrame({"sent": times}, schema={"sent": pl.Datetime("us")})
    assert within(made, PROJECT, JANUARY, "1mo")["sent"].to_list() == times[1:3]
    with pytest.raises(InputError, match="rows without the time that its parts in data"):
        within(made, PROJECT, None, "1mo")


def test_features_keep_the_key_the_time_and_a_target_that_is_known() -> None:
    rows = parcels(20).select(pl.format("P{}", "number").alias(KEY), *list(ROW.columns)[1:])
    made = carried(PROJECT, rows)
    assert made.columns[:3] == [KEY, "sent", "carrier"]
    labelled = carried(PROJECT, rows.with_columns(pl.lit(1.0).alias(TARGET)))
    assert labelled.columns[:3] == [KEY, "sent", TARGET]
    assert labelled.drop(TARGET).equals(made)


def test_a_project_whose_tables_declare_no_parts_is_told_how() -> None:
    with pytest.raises(InputError, match="no table declares its parts"):
        read(None, "clean", PROJECT)


def test_parts_of_a_time_need_rows_of_a_time() -> None:
    (table, *_), row = PROJECT.tables, replace(ROW, time=None)
    timed = replace(PROJECT, row=row, tables=[replace(table, parts=Parts(time="sent"))])
    with pytest.raises(InputError, match="parts of the tables have a time, but ROW has none"):
        read(None, "clean", timed)


def test_the_border_in_the_middle_is_one_that_rows_lie_around() -> None:
    last, end = datetime(2026, 2, 2), datetime(2026, 5, 1)
    assert border(datetime(2026, 1, 20), last, "1mo") == datetime(2026, 2, 1)
    assert border(datetime(2026, 1, 20), end, "1mo") == datetime(2026, 3, 1)
    assert border(JANUARY, datetime(2026, 1, 31), "1mo") is None


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Difference("P1", "stops", 2, 3), "stops of row P1 is 2, but 3 with a longer overlap"),
        (Difference("P1", None, first=True, again=False), "row P1 exists only in its part"),
        (Difference("P1", None, first=False, again=True), "row P1 is missing in its part"),
    ],
)
def test_a_part_that_is_too_small_is_named_by_a_row(found: Difference, sentence: str) -> None:
    assert sentence in _explained(found)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("clean a b --engine spark", "--engine spark runs the stages rows and features, not clean"),
        ("rows a --engine spark", "stage rows --engine spark takes two folders: SOURCE TARGET"),
        ("features a b --engine spark --every day", "--every and --upcoming belong to the stage"),
        ("rows a b c d --upcoming", "--upcoming belongs to --engine spark"),
    ],
)
def test_what_a_stage_does_not_know_is_refused(arguments: str, sentence: str) -> None:
    result = invoke("stage", *arguments.split())
    assert result.exit_code == 2
    assert sentence in result.output
