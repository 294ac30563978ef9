"""The stage `rows`: one join for training and for scoring."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from machinery import params
from machinery.data import rows
from machinery.data.table import KEY, KNOWN, TARGET, types
from machinery.errors import InputError
from machinery.project import Project
from tiny.data.parcels import parcels as clean_parcels
from tiny.data.schema import PARCELS, ROW
from tiny.params import Params
from tiny.project import PROJECT
from tiny.sample import HERE, parcels

SETTINGS = params.load(Params, HERE / "params.yaml")
TABLES = {"parcels": clean_parcels(parcels(100)).lazy()}


def made(project: Project = PROJECT) -> pl.DataFrame:
    return rows.rows(project, TABLES, SETTINGS)


def labelled(project: Project = PROJECT) -> pl.DataFrame:
    return rows.labelled(project, TABLES, SETTINGS)


def joined(function: object) -> Project:
    return replace(PROJECT, rows=lambda parcels: function(parcels))


def targets(function: object) -> Project:
    return replace(PROJECT, target=lambda parcels: function(parcels))


def refused(do: object, project: Project) -> str:
    with pytest.raises(InputError) as error:
        do(project)
    assert "\n" not in str(error.value)
    assert "plan" not in str(error.value).lower()
    return str(error.value)


def test_rows_have_the_columns_of_row_in_their_types_by_time_and_key() -> None:
    table = made()
    assert dict(table.schema) == types(ROW)
    assert table.equals(table.sort("sent", KEY))


def test_columns_that_row_does_not_declare_are_left_out_and_types_are_cast() -> None:
    wide = joined(lambda table: table.with_columns(pl.col("stops").cast(pl.Int8), luck=pl.lit(7)))
    assert made(wide).equals(made())


def test_the_order_of_the_tables_does_not_matter() -> None:
    backwards = {"parcels": TABLES["parcels"].reverse()}
    assert rows.rows(PROJECT, backwards, SETTINGS).equals(made())


def timed(function: object) -> Project:
    table = replace(PARCELS, known_after={"days": "arrived"})
    return replace(joined(function), tables=(table,))


def test_a_row_has_its_moment_where_a_table_says_when_something_becomes_known() -> None:
    table = made(timed(lambda parcels: parcels.with_columns(predicted_at=pl.col("sent"))))
    assert table["predicted_at"].equals(table["sent"].alias("predicted_at"))
    assert refused(made, timed(lambda parcels: parcels)).startswith(
        "data/rows.py: rows() lacks predicted_at; it has number, sent"
    )


def test_labelled_rows_are_the_rows_that_have_a_target() -> None:
    table = labelled()
    assert made().height == 100
    assert table.height == 95  # five are on their way
    assert table.drop(TARGET).equals(made().filter(pl.col(KEY).is_in(table[KEY].to_list())))
    assert table[TARGET].dtype == pl.Float64
    assert set(table[TARGET]) == {0.0, 1.0}


def test_a_label_keeps_the_moment_at_which_it_became_known() -> None:
    arrived = pl.col("sent").dt.offset_by("9d").cast(pl.Datetime("ms")).alias(KNOWN)
    late = targets(lambda table: table.select(KEY, arrived, target=pl.col("days")))
    assert (labelled(late)[KNOWN] - labelled(late)["sent"]).unique().to_list() == [timedelta(9)]
    assert KNOWN not in made(late).columns
    never = targets(lambda table: table.select(KEY, target=pl.col("days"), known=None))
    assert refused(labelled, never) == (
        "data/target.py: target() made 95 labels without known, such as that of P0: say when each"
        " became known"
    )


def test_a_target_without_a_row_is_left_out() -> None:
    assert labelled(joined(lambda table: table.filter(pl.col("number") < 10))).height == 10


@pytest.mark.parametrize(
    ("do", "project", "said"),
    [
        (
            made,
            joined(lambda table: table.drop("weight", "stops")),
            (
                "data/rows.py: rows() lacks weight, stops; it has number, sent, carrier, days, key: add"
                " the columns, or change data/schema.py"
            ),
        ),
        (
            made,
            joined(lambda table: table.with_columns(speed=pl.col("distance"))),
            "data/rows.py: rows() failed: there is no column 'distance': there are number, sent",
        ),
        (
            made,
            joined(lambda table: table.with_columns(stops=pl.lit("many"))),
            "data/rows.py: rows() failed: conversion from `str` to `i64` failed",
        ),
        (
            made,
            joined(lambda table: table.collect()),
            "data/rows.py: <lambda>() returned DataFrame: return a polars.LazyFrame",
        ),
        (
            made,
            joined(lambda table: pl.concat([table, table])),
            "data/rows.py: rows() made more than one row of 100 keys, such as P0: a join",
        ),
        (
            made,
            joined(lambda table: table.with_columns(key=pl.lit(None, pl.String))),
            "data/rows.py: rows() made 100 rows without a key: give each row its own",
        ),
        (
            labelled,
            targets(lambda table: table.select(KEY, late=pl.col("days"))),
            "data/target.py: target() lacks target; it has key, late: add the columns",
        ),
        (
            labelled,
            targets(lambda table: pl.concat([table, table]).select(KEY, target="days")),
            "data/target.py: target() made more than one row of 100 keys, such as P0",
        ),
        (
            labelled,
            targets(lambda table: table.select(KEY, target=pl.col("late"))),
            "data/target.py: target() failed: there is no column 'late': there are ",
        ),
        (labelled, targets(lambda _: None), "data/target.py: <lambda>() returned NoneType: return"),
    ],
)
def test_what_a_function_makes_wrong_is_one_sentence(
    do: object, project: Project, said: str
) -> None:
    assert refused(do, project).startswith(said)


def test_a_join_that_multiplies_rows_is_refused() -> None:
    twice = pl.LazyFrame({"carrier": ["north", "north"], "fleet": [1, 2]})
    project = joined(lambda table: table.join(twice, on="carrier", how="left"))
    assert "more than one row of" in refused(made, project)
    assert "more than one row of" in refused(labelled, project)


def test_rows_without_an_outcome_come_from_the_same_join(tmp_path: Path) -> None:
    parcels(100).drop("days").write_parquet(tmp_path / "parcels.parquet")
    scored = rows.from_folder(PROJECT, tmp_path, lambda table: tmp_path / f"{table}.bad", SETTINGS)
    assert scored.equals(made())
    assert pl.read_parquet(tmp_path / "parcels.bad").is_empty()


def test_a_folder_without_a_table_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"parcels\.parquet does not exist"):
        rows.from_folder(PROJECT, tmp_path, lambda table: tmp_path / f"{table}.bad", SETTINGS)


@pytest.mark.parametrize("folder", ["data/clean", "data/quarantine"])
def test_a_stale_file_of_a_table_that_is_not_declared_is_refused(
    folder: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(sample, tmp_path / "tiny"))
    shutil.copy(f"{folder}/parcels.parquet", f"{folder}/crews.parquet")
    with pytest.raises(InputError) as error:
        rows.main(PROJECT, *map(Path, ("data/clean", "data/quarantine", "rows", "counts")))
    assert str(error.value) == (
        f"{folder}/crews.parquet belongs to no table in data/schema.py's TABLES: delete it, or"
        " declare it"
    )


def test_the_report_counts_rows_missing_values_and_broken_rules(sample: Path) -> None:
    report = json.loads((sample / "reports/data.json").read_text())
    table = {"rows": 1200, "missing": {"days": 5}, "quarantined": {}}
    months = report["tables"]["parcels"].pop("months")
    assert sum(month["rows"] for month in months.values()) == 1200
    assert report["tables"] == {"parcels": table}
    assert report["rows"]["rows"] == 1195
    bad = pl.DataFrame({"broken_rule": ["a: x", "a: x", "b: y"]})
    bad.write_parquet(sample.parent / "parcels.parquet")
    again = rows.report(TABLES, sample.parent, labelled().lazy())
    assert again["tables"]["parcels"]["quarantined"] == {"a: x": 2, "b: y": 1}
