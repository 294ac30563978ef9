"""Types: a value is converted where nothing is lost, and refused where something is."""

from datetime import datetime

import pandera.polars as pa
import polars as pl
import pytest

from machinery.data import border
from machinery.data.table import Table
from machinery.errors import InputError

WANTED = {
    "place": pl.String(),
    "hour": pl.Datetime("us"),
    "temp": pl.Float64(),
    "wind": pl.Int16(),
    "open": pl.Boolean(),
}
KINDS = Table(
    name="kinds",
    key=("place",),
    columns={name: pa.Column(kind, nullable=True) for name, kind in WANTED.items()},
)
NOON = datetime(2026, 1, 2, 12)


@pytest.fixture
def kinds():
    """Two rows in the types of KINDS."""
    columns = {
        "place": ["1", "2"],
        "hour": [NOON, None],
        "temp": [1.5, None],
        "wind": [1, None],
        "open": [True, None],
    }
    return pl.DataFrame(columns, schema=WANTED)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("place", pl.Int64),
        ("place", pl.Categorical),
        ("place", pl.Enum(["1", "2"])),
        ("hour", pl.Datetime("ms")),
        ("hour", pl.Datetime("ns")),
        ("hour", pl.Datetime("us", "UTC")),
        ("temp", pl.Float32),
        ("temp", pl.Decimal(10, 2)),
        ("wind", pl.Int64),
        ("wind", pl.UInt8),
        ("wind", pl.Float64),
        ("wind", pl.Decimal(10, 2)),
        ("open", pl.Int64),
    ],
)
def test_a_type_is_converted_where_nothing_is_lost(kinds, name, kind, tmp_path):
    source = tmp_path / "kinds.parquet"
    kinds.cast({name: kind}).write_parquet(source)
    assert border.read(source, KINDS).equals(kinds)


def test_a_zone_and_a_date_become_a_time_in_utc(kinds, tmp_path):
    source = tmp_path / "kinds.parquet"
    zoned = pl.col("hour").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo")
    kinds.with_columns(zoned).write_parquet(source)
    assert border.read(source, KINDS).equals(kinds)
    kinds.with_columns(pl.col("hour").cast(pl.Date)).write_parquet(source)
    assert border.read(source, KINDS)["hour"].to_list() == [datetime(2026, 1, 2), None]


@pytest.mark.parametrize("kind", [pl.Null, pl.List(pl.Int8)])
def test_a_column_without_values_fits_every_type(kinds, kind, tmp_path):
    source = tmp_path / "kinds.parquet"
    kinds.with_columns(pl.lit(None, kind).alias("wind")).write_parquet(source)
    assert border.read(source, KINDS)["wind"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (pl.Series("wind", [1, 70_000]), r"wind: is not Int16, but '70000' \(Int64\)"),
        (pl.Series("wind", [1.0, 1.5]), r"wind: is not Int16, but '1\.5' \(Float64\)"),
        (pl.Series("temp", [1, 2**53 + 1]), r"temp: is not Float64, but '9007199254740993'"),
        (
            pl.Series("hour", [0, 1], pl.Datetime("ns")),
            r"hour: is not Datetime\(.*, but '1970-01-01 00:00:00\.000000001'",
        ),
        (pl.Series("open", [0, 2]), r"open: is not Boolean, but '2' \(Int64\)"),
        (pl.Series("place", [1.5, 2]), r"place is Float64, such as 1\.5, not String"),
        (pl.Series("wind", ["1", "2"]), r"wind is String, such as '1', not Int16"),
        (pl.Series("hour", [1, 2]), r"hour is Int64, such as 1, not Datetime"),
        (pl.Series("place", [[1], [2]]), r"place is List\(Int64\), such as .*, not String"),
    ],
)
def test_a_type_is_refused_with_column_and_value_where_something_is_lost(
    kinds, column, sentence, tmp_path
):
    source = tmp_path / "kinds.parquet"
    kinds.with_columns(column).write_parquet(source)
    with pytest.raises(InputError, match=sentence) as error:
        border.read(source, KINDS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("hour", ["2026-01-02 12:00:00", "2026-01-02T12:00:00.000Z", "2026-01-02 12:00:00+00"]),
        ("hour", ["2026-01-02 13:00:00+01:00", "2026-01-02T21:00:00+0900"]),
        ("wind", ["1", "1.0"]),
        ("open", ["true", "True", "t", "1"]),
        ("temp", ["1.5", "15e-1"]),
    ],
)
def test_a_text_is_read_as_csv_and_databases_write_it(kinds, name, texts):
    given = pl.DataFrame({name: texts}, schema={name: pl.String})
    typed, unfit = border.convert(given, KINDS)
    assert unfit.is_empty()
    assert set(typed[name]) == {kinds[name][0]}
    assert typed.schema == WANTED


def test_a_text_that_does_not_fit_is_set_aside():
    given = pl.DataFrame({"wind": ["1", "1.5", None], "hour": ["2026-01-02", "noon", "x"]})
    typed, unfit = border.convert(given, KINDS)
    assert typed["hour"].to_list() == [datetime(2026, 1, 2)]
    assert unfit["hour"].to_list() == ["noon", "x"]
    assert unfit["broken_rule"][0].count("is not") == 2


@pytest.mark.parametrize("kind", [pl.Float32, pl.Date, pl.Categorical, pl.List(pl.Int64), None])
def test_a_schema_with_another_type_is_refused_when_it_is_loaded(kind):
    sentence = r"kinds\.temp has the type .*: give it one of String, Boolean, Int8, .*'us'\)"
    with pytest.raises(InputError, match=sentence):
        Table(name="kinds", key=("a",), columns={"temp": pa.Column(kind)})
