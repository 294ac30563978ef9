import polars as pl
import pytest

from {{cookiecutter.package_name}}.data import border, schema
from {{cookiecutter.package_name}}.stage import InputError


def admit(table, folder, *, max_bad_share=0.5):
    source = folder / "weather.parquet"
    table.write_parquet(source)
    return border.admit(
        source, folder / "bad.parquet", table=schema.WEATHER, max_bad_share=max_bad_share
    )


def test_rows_that_obey_the_schema_pass_unchanged(raw_weather, tmp_path):
    assert admit(raw_weather, tmp_path).equals(raw_weather)
    assert pl.read_parquet(tmp_path / "bad.parquet").is_empty()


def test_a_row_that_breaks_a_rule_goes_to_quarantine_with_the_rule(raw_weather, tmp_path):
    broken = raw_weather.with_columns(wind_speed=pl.Series([1048.0, 10.0, 10.0]))
    good = admit(broken, tmp_path)
    bad = pl.read_parquet(tmp_path / "bad.parquet")
    assert good.equals(broken[1:])
    assert bad["rule"].to_list() == ["wind_speed: in_range(0, 200)"]
    assert bad.drop("rule").equals(broken[:1])


def test_a_row_that_breaks_two_rules_is_put_aside_once(raw_weather, tmp_path):
    broken = raw_weather.with_columns(humid=pl.Series([101.0, 1, 1]), temp=pl.Series([999.0, 1, 1]))
    admit(broken, tmp_path)
    rules = pl.read_parquet(tmp_path / "bad.parquet")["rule"].to_list()
    assert rules == ["humid: in_range(0, 100); temp: in_range(-60, 140)"]


def test_too_many_bad_rows_stop_the_stage_and_can_be_looked_at(raw_weather, tmp_path):
    broken = raw_weather.with_columns(precip=pl.lit(-1.0))
    with pytest.raises(InputError, match=r"3 of 3 rows break a rule.*max_bad_share.*bad\.parquet"):
        admit(broken, tmp_path)
    assert pl.read_parquet(tmp_path / "bad.parquet").height == 3


def test_not_a_number_counts_as_missing(raw_weather, tmp_path):
    given = raw_weather.with_columns(temp=pl.Series([float("nan"), 1.0, 2.0]))
    assert admit(given, tmp_path)["temp"].to_list() == [None, 1.0, 2.0]


def test_infinity_breaks_a_rule(raw_weather, tmp_path):
    admit(raw_weather.with_columns(temp=pl.Series([float("inf"), 1.0, 2.0])), tmp_path)
    assert pl.read_parquet(tmp_path / "bad.parquet").height == 1


def test_a_missing_column_is_named_beside_those_found(raw_weather, tmp_path):
    with pytest.raises(InputError, match="lacks visib; it has origin, time_hour, temp"):
        admit(raw_weather.drop("visib"), tmp_path)


def test_a_wrong_type_is_named_beside_the_right_one(raw_weather, tmp_path):
    with pytest.raises(InputError, match="wind_dir is String, not Int64"):
        admit(raw_weather.cast({"wind_dir": pl.String}), tmp_path)


def test_a_table_without_rows_is_refused(raw_weather, tmp_path):
    with pytest.raises(InputError, match="has no rows"):
        admit(raw_weather.clear(), tmp_path)


def test_a_key_that_occurs_twice_is_refused_by_its_value(raw_weather, tmp_path):
    with pytest.raises(InputError, match=r"origin, time_hour.*EWR, 2013-06-01 08:00:00"):
        admit(pl.concat([raw_weather, raw_weather[:1]]), tmp_path)


@pytest.mark.parametrize("content", [b"", b"origin,temp\nEWR,1\n", b"PAR1 and no more"])
def test_a_file_that_is_no_parquet_is_refused_in_one_line(content, tmp_path):
    source = tmp_path / "weather.parquet"
    source.write_bytes(content)
    with pytest.raises(InputError, match="no Parquet file") as error:
        border.read(source, schema.WEATHER)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        border.read(tmp_path / "none.parquet", schema.WEATHER)
