"""The border: rows that obey the rules of a schema pass, and the others go to quarantine."""

from dataclasses import replace
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
    assert bad["broken_rule"].to_list() == ["wind: in_range(0, 200)"]
    assert bad.drop("broken_rule").equals(broken[:1])


def test_a_row_that_breaks_two_rules_is_put_aside_once(hours, tmp_path):
    broken = hours.with_columns(humid=pl.Series([101.0, 1, 1]), temp=pl.Series([999.0, 1, 1]))
    validate(broken, tmp_path)
    rules = pl.read_parquet(tmp_path / "bad.parquet")["broken_rule"].to_list()
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


@pytest.mark.parametrize(
    "wind",
    [
        pa.Column(pl.Int64, nullable=False),
        pa.Column(pl.Int64, pa.Check.gt(9, ignore_na=False), nullable=True),
        pa.Column(pl.Int64, pa.Check(lambda wind: wind < 60, element_wise=True), nullable=True),
    ],
    ids=["a missing value", "counted as broken", "one by one"],
)
def test_a_check_that_does_not_hold_is_left_to_pandera(wind, hours):
    table = replace(HOURS, columns=HOURS.columns | {"wind": wind})
    broken = hours.with_columns(wind=pl.Series([10, None, 90], dtype=pl.Int64))
    with pytest.raises(pa.errors.SchemaErrors):
        pa.DataFrameSchema(table.columns).validate(broken, lazy=True)
    _, bad = border.separate(broken, table)
    assert not bad.is_empty()
    assert bad["broken_rule"].str.starts_with("wind: ").all()


def test_a_check_that_fails_at_a_value_is_refused_by_its_name(hours):
    check = pa.Check(lambda wind: 60 / (wind - 10) > 0, element_wise=True, name="usual_wind")
    wind = pa.Column(pl.Int64, check, nullable=True)
    with pytest.raises(InputError, match=r"hours.wind: the check usual_wind fails: .*division"):
        border.separate(hours, replace(HOURS, columns=HOURS.columns | {"wind": wind}))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda data: data.lazyframe.select("none"), "there is no column 'none'"),
        (lambda data: len(data.key) / 0 > 1, "division by zero"),
        (lambda data: data.lazyframe.select(pl.col("wind") + 1), "gives Int64 for the table"),
        (lambda data: data.lazyframe.select(pl.col("wind").max() < 60), "gives Boolean"),
        (lambda data: data.key == "wind", "write what is true or false for each row"),
    ],
)
def test_a_check_that_cannot_be_is_refused_where_it_is_declared(rule, said):
    wind = pa.Column(pl.Int64, pa.Check(rule, name="usual_wind"), nullable=True)
    with pytest.raises(InputError, match=f"hours.wind: the check usual_wind .*{said}"):
        replace(HOURS, columns=HOURS.columns | {"wind": wind})


def test_a_value_that_must_be_unique_goes_to_quarantine(hours):
    table = replace(HOURS, columns=HOURS.columns | {"temp": pa.Column(pl.Float64, unique=True)})
    _, bad = border.separate(hours.with_columns(temp=60.1), table)
    assert bad.height == hours.height


def test_a_missing_column_is_named_beside_those_found(hours, tmp_path):
    with pytest.raises(InputError, match="lacks humid; it has place, hour, temp"):
        validate(hours.drop("humid"), tmp_path)


def test_a_wrong_type_is_named_beside_the_right_one(hours, tmp_path):
    with pytest.raises(InputError, match="wind is String, such as '10', not Int64"):
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
    with pytest.raises(InputError, match=r"not a readable Parquet file .+run `dvc pull`") as error:
        border.read(source, HOURS)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        border.read(tmp_path / "none.parquet", HOURS)


RELATED = replace(HOURS, relations={"wind is below humid": pl.col("wind") < pl.col("humid")})


def test_a_row_that_breaks_a_relation_is_put_aside_and_a_missing_value_breaks_none(hours):
    given = hours.with_columns(wind=pl.Series([90, None, 9]), humid=pl.Series([80.5, 1.0, None]))
    good, bad = border.separate(given, RELATED)
    assert good.equals(given[1:])
    assert bad["broken_rule"].to_list() == ["wind is below humid"]


def test_a_row_that_breaks_a_rule_and_a_relation_names_both(hours):
    given = hours.with_columns(wind=pl.Series([1048, 10, 90]))
    good, bad = border.separate(given, RELATED)
    assert good.equals(given[1:2])
    assert bad["broken_rule"].to_list() == [
        "wind: in_range(0, 200); wind is below humid",
        "wind is below humid",
    ]


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (pl.col("gust") >= pl.col("wind"), "the relation 'r' fails: there is no column 'gust'"),
        (pl.col("wind") + 1, "the relation 'r' gives Int64: write what is true or false"),
    ],
)
def test_a_relation_that_cannot_be_is_refused_where_it_is_declared(relation, said):
    with pytest.raises(InputError, match=f"data/schema.py: hours: {said}"):
        replace(HOURS, relations={"r": relation})
