import json
import shutil
from contextlib import chdir
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from machinery import params
from machinery.data import split
from machinery.data.table import KNOWN
from machinery.errors import InputError
from machinery.stages import run_stage
from tiny.project import PROJECT
from tiny.sample import PIPELINE

BY_TIME = params.Split(validation="1 month", test="1 month")
BY_GROUP = params.Split(group="shop", validation=0.2, test=0.3)
BY_BOTH = params.Split(group="shop", validation="1 month", test="1 month")


def table(days, **columns):
    """One row a day from 2013-01-01 on, at noon."""
    noon = [datetime(2013, 1, 1, 12) + timedelta(days=day) for day in range(days)]
    return pl.DataFrame({"key": [f"{day}" for day in range(days)], "departure": noon, **columns})


SHOPS = table(2000, shop=[f"shop {day % 400}" for day in range(2000)])


def part(rows, settings, name):
    """Return the rows of a part."""
    found = split.split(rows, settings, time="departure")
    return rows.filter((found["part"] == name) & found["left_out"].is_null())


def days(rows, settings=BY_TIME):
    """Return the first and the last day of each part."""
    found = [part(rows, settings, name)["departure"] for name in split.PARTS]
    return [(times.min().date(), times.max().date()) for times in found]


@pytest.mark.parametrize("settings", [BY_TIME, BY_GROUP], ids=["time", "group"])
def test_each_row_is_in_exactly_one_part(settings):
    parts = [part(SHOPS, settings, name) for name in split.PARTS]
    assert all(rows.height for rows in parts)
    assert sorted(pl.concat(parts)["key"]) == sorted(SHOPS["key"])


def test_the_parts_count_back_from_the_day_of_the_newest_row():
    assert days(table(90)) == [  # until March 31
        (date(2013, 1, 1), date(2013, 1, 27)),
        (date(2013, 1, 28), date(2013, 2, 27)),
        (date(2013, 2, 28), date(2013, 3, 31)),
    ]


@pytest.mark.parametrize(
    ("length", "first"),
    [
        ("1 day", date(2013, 12, 30)),
        ("2 weeks", date(2013, 12, 17)),
        ("3 months", date(2013, 9, 30)),
    ],
)
def test_a_length_is_of_days_weeks_or_calendar_months(length, first):
    settings = params.Split(validation="1 month", test=length)
    assert days(table(365), settings)[2] == (first, date(2013, 12, 31))


def test_years_are_lengths_too():
    settings = params.Split(validation="1 year", test="2 years")
    assert [first for first, _ in days(table(2000), settings)] == [
        date(2013, 1, 1),
        date(2015, 6, 23),
        date(2016, 6, 23),
    ]


def test_a_new_month_of_rows_moves_both_parts_on():
    before, after = days(table(90)), days(table(120))
    assert after[0][1] - before[0][1] == timedelta(days=31)
    assert after[2] == (date(2013, 3, 30), date(2013, 4, 30))


def test_dates_without_a_clock_are_split_as_times_are():
    rows = table(90).with_columns(pl.col("departure").cast(pl.Date))
    found = split.split(rows, BY_TIME, time="departure")
    assert found["part"].equals(split.split(table(90), BY_TIME, time="departure")["part"])


def test_all_rows_of_a_group_are_in_one_part_by_the_shares_that_were_asked_for():
    shops = {name: set(part(SHOPS, BY_GROUP, name)["shop"]) for name in split.PARTS}
    assert len(set.union(*shops.values())) == sum(map(len, shops.values())) == 400
    shares = {name: len(members) / 400 for name, members in shops.items()}
    assert shares == pytest.approx({"train": 0.5, "validation": 0.2, "test": 0.3}, abs=0.06)


def test_a_group_stays_in_its_part_when_others_come_and_go():
    for name in split.PARTS:
        fewer = set(part(SHOPS[::7], BY_GROUP, name)["shop"])
        assert fewer <= set(part(SHOPS, BY_GROUP, name)["shop"])


def judged(rows, settings):
    """Return part and reason of rows (shop, day, day of the label), the newest of March 31, 2013."""
    table = pl.DataFrame(
        [("new", "03-31", "03-31"), *rows], schema=["shop", "sent", KNOWN], orient="row"
    ).with_columns(pl.format("2013-{}", pl.col("sent", KNOWN)).str.to_datetime("%Y-%m-%d"))
    found = split.split(table, settings, time="sent")
    return list(zip(found["part"], found["left_out"], strict=True))[1:]


def test_a_group_of_a_later_part_leaves_the_earlier_ones():
    rows = [
        ("a", "01-05", "01-05"),
        ("b", "01-06", "01-06"),
        ("b", "02-10", "02-10"),
        ("c", "01-07", "01-07"),
        ("c", "02-11", "02-11"),
        ("c", "03-10", "03-10"),
    ]
    assert judged(rows, BY_BOTH) == [
        ("train", None),
        ("train", split.SHARED),
        ("validation", None),
        ("train", split.SHARED),
        ("validation", split.SHARED),
        ("test", None),
    ]


def test_a_label_that_was_not_known_when_the_next_part_begins_is_left_out():
    rows = [
        ("a", "01-10", "01-28"),  # validation begins on January 28, test on February 28
        ("a", "01-10", "01-29"),
        ("a", "02-10", "02-28"),
        ("a", "02-10", "03-01"),
        ("a", "03-10", "05-09"),
    ]
    assert judged(rows, BY_TIME) == [
        ("train", None),
        ("train", split.LATE),
        ("validation", None),
        ("validation", split.LATE),
        ("test", None),
    ]


def test_a_row_that_is_left_out_moves_no_other_row_of_its_group():
    rows = [("a", "01-10", "01-10"), ("a", "02-10", "03-01")]
    assert judged(rows, BY_BOTH) == [("train", None), ("validation", split.LATE)]


@pytest.fixture
def folder(sample, tmp_path):
    """A copy of the tiny project, with the rows and features of its pipeline."""
    with chdir(shutil.copytree(sample, tmp_path / "copy")):
        yield Path.cwd()


def run(**settings):
    """Run the stage with `settings` of the split, and return its report."""
    text = Path("params.yaml").read_text()
    start, end = text.index("split:"), text.index("train:")
    Path("params.yaml").write_text(f"{text[:start]}split: {json.dumps(settings)}\n{text[end:]}")
    run_stage(PROJECT, "split", [Path(path) for path in PIPELINE["split"].split()])
    return json.loads(Path("reports/split.json").read_text())


@pytest.mark.usefixtures("folder")
def test_the_report_counts_what_each_part_has_and_what_it_has_lost():
    late = pl.col("sent") + pl.duration(days=10)
    rows = pl.read_parquet("data/rows.parquet").with_columns(late.alias(KNOWN))
    rows.write_parquet("data/rows.parquet")
    report = run(validation="2 months", test="2 months")
    written = {name: pl.read_parquet(f"data/split/{name}.parquet") for name in report}
    assert {name: part["rows"] for name, part in report.items()} == {
        name: part.height for name, part in written.items()
    }
    assert report["train"]["units"] == written["train"]["sent"].dt.date().n_unique()
    assert report["train"]["last"] == "2026-02-17"
    assert {name: part["left_out"][split.LATE] for name, part in report.items()} == {
        "train": 67,
        "validation": 67,
        "test": 0,
    }
    assert sum(part["rows"] for part in report.values()) + 134 == rows.height


@pytest.mark.usefixtures("folder")
def test_a_group_need_not_be_a_feature():
    """The tiny project's features hold no key."""
    report = run(group="weight", validation=0.2, test=0.2)
    parts = [pl.read_parquet(f"data/split/{name}.parquet") for name in report]
    units = [set(rows["unit"]) for rows in parts]
    assert (
        len(set.union(*units))
        == sum(map(len, units))
        == sum(part["units"] for part in report.values())
    )


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (
            {"group": "shop", "validation": 0.2, "test": 0.2},
            r"is 'shop', which is not a column of ROW .* one of key, sent, carrier, weight, stops$",
        ),
        (
            {"validation": "2 months", "test": "2 years"},
            "leaves no row in train: it takes 2 years for test and 2 months for validation; choose",
        ),
        (
            {"group": "carrier", "validation": "2 months", "test": "2 months"},
            "all rows of train left it, 0 because .* known .* and 385 because their group is in a",
        ),
    ],
    ids=["no column", "too long", "all shared"],
)
def test_settings_that_do_not_fit_the_rows_are_refused_and_nothing_is_written(
    settings, fault, folder
):
    before = (folder / "reports/split.json").read_bytes()
    with pytest.raises(InputError, match=fault):
        run(**settings)
    assert (folder / "reports/split.json").read_bytes() == before


@pytest.mark.usefixtures("folder")
def test_a_row_without_a_group_is_refused():
    rows = pl.read_parquet("data/rows.parquet").with_columns(weight=None)
    rows.write_parquet("data/rows.parquet")
    with pytest.raises(InputError, match=r"made 1195 rows without weight, which split goes by"):
        run(group="weight", validation=0.2, test=0.2)


@pytest.mark.usefixtures("folder")
def test_features_of_other_rows_are_refused():
    pl.read_parquet("data/rows.parquet")[1:].write_parquet("data/rows.parquet")
    with pytest.raises(InputError, match="is not of the rows in"):
        run(validation="2 months", test="2 months")


def test_a_split_by_time_needs_rows_with_a_time():
    timeless = replace(PROJECT.row, time=None)
    with pytest.raises(
        InputError, match=r"split\.test is 1 month, but ROW .* names no time: name it"
    ):
        split.refuse_missing(SHOPS, timeless, BY_TIME)
