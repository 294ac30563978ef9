"""Flights as they come in files, and those that break a rule."""

import polars as pl
import pytest

from {{cookiecutter.package_name}}.prediction.arms import alone
from {{cookiecutter.package_name}}.prediction.predict import predict


@pytest.fixture
def folder(rows, tmp_path):
    """A folder that holds the rows as in.parquet."""
    rows.write_parquet(tmp_path / "in.parquet")
    return tmp_path


def test_a_csv_may_be_written_as_pandas_and_databases_write_it(rows, model, folder, run):
    texts = rows.cast(pl.String).with_columns(
        seats=pl.col("seats") + ".0",  # numbers beside gaps
        departure=pl.col("departure").str.replace(" ", "T").str.slice(0, 19) + "Z",
    )
    texts.write_csv(folder / "in.csv")
    assert run("predict", folder / "in.csv", folder / "out.parquet").exit_code == 0
    assert pl.read_parquet(folder / "out.parquet").equals(predict(rows, alone(model)))


@pytest.mark.parametrize("name", ["in.parquet", "in.csv"])
def test_bad_rows_are_put_aside_with_the_reason(name, rows, model, folder, run):
    bad = rows.with_columns(
        distance=pl.when(pl.col("key") == "row 3").then(0).otherwise("distance").cast(pl.Int16),
        carrier=pl.when(pl.col("key") == "row 37").then(None).otherwise("carrier"),
    )
    getattr(bad, f"write_{name[3:]}")(folder / name)
    result = run("predict", folder / name, folder / "out.parquet", "--max-bad-share", 0.1)
    assert result.exit_code == 0, result.output
    assert "38 rows scored, 2 in quarantine" in result.output
    aside = pl.read_csv(folder / "out.parquet.quarantine.csv", infer_schema=False)
    assert dict(aside.select("key", "rule").rows()) == {
        "row 3": "distance: in_range(1, 12000)",
        "row 37": "carrier: not_nullable",
    }
    good = rows.filter(~pl.col("key").is_in(aside["key"].to_list()))
    assert pl.read_parquet(folder / "out.parquet").equals(predict(good, alone(model)))


def test_a_field_of_a_csv_that_is_no_number_is_put_aside_as_it_stood(rows, folder, run):
    texts = rows.cast(pl.String).with_columns(
        distance=pl.when(pl.col("key") == "row 3").then(pl.lit("far")).otherwise("distance"),
        departure=pl.when(pl.col("key") == "row 5")
        .then(pl.lit("2013-02-30 10:00:00"))
        .otherwise("departure"),
    )
    texts.write_csv(folder / "in.csv")
    run("predict", folder / "in.csv", folder / "out.parquet", "--max-bad-share", 0.1)
    aside = pl.read_csv(folder / "out.parquet.quarantine.csv", infer_schema=False)
    assert aside.select("key", "distance", "rule").rows() == [
        ("row 3", "far", "distance: is no Int16"),
        (
            "row 5",
            rows["distance"].cast(pl.String)[5],
            "departure: is no Datetime(time_unit='us', time_zone=None)",
        ),
    ]
