from datetime import datetime

import pandera.polars as pa
import polars as pl
import pytest

from machinery.data import border
from machinery.data.table import Table, types
from machinery.errors import InputError

HOURS = Table(
    name="hours",
    key=("place", "hour"),
    columns={
        "place": pa.Column(pl.String),
        "hour": pa.Column(pl.Datetime("us")),
        "temp": pa.Column(pl.Float64, pa.Check.in_range(-60, 140), nullable=True),
        "humid": pa.Column(pl.Float64, pa.Check.in_range(0, 100), nullable=True),
        "wind": pa.Column(pl.Int64, pa.Check.in_range(0, 200), nullable=True),
    },
)


@pytest.fixture
def hours():
    """Three rows that obey HOURS."""
    return pl.DataFrame(
        {
            "place": ["A", "A", "B"],
            "hour": [datetime(2013, 6, 1, hour) for hour in (8, 10, 20)],
            "temp": [60.1, 62.1, None],
            "humid": [80.5, 79.5, 70.0],
            "wind": [10, 12, 9],
        },
        schema=types(HOURS),
    )


def validate(table, folder, *, max_bad_share=0.5):
    source = folder / "hours.parquet"
    table.write_parquet(source)
    return border.validate(source, folder / "bad.parquet", table=HOURS, max_bad_share=max_bad_share)


def test_rows_that_obey_the_schema_pass_unchanged(hours, tmp_path):
    assert validate(hours, tmp_path).equals(hours)
    assert pl.read_parquet(tmp_path / "bad.parquet").is_empty()


def test_a_row_that_breaks_a_rule_goes_to_quarantine_with_the_rule(hours, tmp_path):
    broken = hours.with_columns(wind=pl.Series([1048, 10, 10]))
    good = validate(broken, tmp_path)
    bad = pl.read_parquet(tmp_path / "bad.parquet")
    assert good.equals(broken[1:])
    assert bad["rule"].to_list() == ["wind: in_range(0, 200)"]
    assert bad.drop("rule").equals(broken[:1])


def test_a_row_that_breaks_two_rules_is_put_aside_once(hours, tmp_path):
    broken = hours.with_columns(humid=pl.Series([101.0, 1, 1]), temp=pl.Series([999.0, 1, 1]))
    validate(broken, tmp_path)
    rules = pl.read_parquet(tmp_path / "bad.parquet")["rule"].to_list()
    assert rules == ["humid: in_range(0, 100); temp: in_range(-60, 140)"]


def test_too_many_bad_rows_stop_the_stage_and_can_be_looked_at(hours, tmp_path):
    broken = hours.with_columns(wind=pl.lit(-1, pl.Int64))
    with pytest.raises(InputError, match=r"3 of 3 rows break a rule.*max_bad_share.*bad\.parquet"):
        validate(broken, tmp_path)
    assert pl.read_parquet(tmp_path / "bad.parquet").height == 3


def test_not_a_number_counts_as_missing(hours, tmp_path):
    given = hours.with_columns(temp=pl.Series([float("nan"), 1.0, 2.0]))
    assert validate(given, tmp_path)["temp"].to_list() == [None, 1.0, 2.0]


def test_infinity_breaks_a_rule(hours, tmp_path):
    validate(hours.with_columns(temp=pl.Series([float("inf"), 1.0, 2.0])), tmp_path)
    assert pl.read_parquet(tmp_path / "bad.parquet").height == 1


def test_a_missing_column_is_named_beside_those_found(hours, tmp_path):
    with pytest.raises(InputError, match="lacks humid; it has place, hour, temp"):
        validate(hours.drop("humid"), tmp_path)


def test_a_wrong_type_is_named_beside_the_right_one(hours, tmp_path):
    with pytest.raises(InputError, match="wind is String, not Int64"):
        validate(hours.cast({"wind": pl.String}), tmp_path)


def test_a_table_without_rows_is_refused(hours, tmp_path):
    with pytest.raises(InputError, match="has no rows"):
        validate(hours.clear(), tmp_path)


def test_a_key_that_occurs_twice_is_refused_by_its_value(hours, tmp_path):
    with pytest.raises(InputError, match=r"place, hour.*A, 2013-06-01 08:00:00"):
        validate(pl.concat([hours, hours[:1]]), tmp_path)


@pytest.mark.parametrize("content", [b"", b"place,temp\nA,1\n", b"PAR1 and no more"])
def test_a_file_that_is_no_parquet_is_refused_in_one_line(content, tmp_path):
    source = tmp_path / "hours.parquet"
    source.write_bytes(content)
    with pytest.raises(InputError, match="not a readable Parquet file") as error:
        border.read(source, HOURS)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        border.read(tmp_path / "none.parquet", HOURS)
