"""What holds of features whatever they are; yours have tests of their own."""

import polars as pl
import pytest

from {{cookiecutter.package_name}}.data import border, features
from {{cookiecutter.package_name}}.data.schema import EXAMPLE, EXAMPLES, KEY, TARGET
from {{cookiecutter.package_name}}.stage import InputError

KINDS = border.types(EXAMPLES)
MISSING = [{KEY: "other"}, *({KEY: f"no {name}"} | {name: None} for name in EXAMPLE if name != KEY)]


@pytest.fixture
def rows():
    """The example of the schema, and copies in each of which a value is missing."""
    given = [EXAMPLE, *(EXAMPLE | change for change in MISSING)]
    times = [name for name, kind in KINDS.items() if kind.is_temporal()]
    table = pl.DataFrame(
        given, infer_schema_length=None, schema_overrides=dict.fromkeys(times, str)
    )
    zoned = (pl.col(name).str.to_datetime(time_zone="UTC") for name in times)
    plain = table.with_columns(zoned).with_columns(pl.col(times).dt.replace_time_zone(None))
    return plain.select(pl.col(name).cast(kind) for name, kind in KINDS.items())


def test_one_row_a_table_and_a_scan_give_the_same_bits(rows):
    whole = features.features(rows)
    assert whole.equals(pl.concat([features.features(row) for row in rows.iter_slices(1)]))
    assert whole.equals(features.features(rows.lazy()).collect())


def test_the_example_has_no_feature_that_is_not_a_number(rows):
    made = features.features(rows).select(features.names())
    numbers = made[0].select(pl.col(pl.Float32, pl.Float64))
    assert all(number is None or abs(number) < float("inf") for number in numbers.row(0))


def test_key_and_target_travel_with_the_features(rows):
    made = features.features(rows.with_columns(pl.lit(1.0).alias(TARGET)))
    assert made.columns[0] == KEY
    assert {TARGET, *features.names()} <= set(made.columns)


def test_a_feature_that_reads_the_target_is_refused_by_name():
    with pytest.raises(InputError, match=f"'trick' reads '{TARGET}'"):
        features.refuse_look_ahead("trick", pl.lit(1) + pl.col(TARGET))


def test_the_features_themselves_are_held_to_it(monkeypatch):
    (column, *_) = features.expressions()[0].meta.root_names()
    monkeypatch.setattr(features, "TARGET", column)
    with pytest.raises(InputError, match=f"reads '{column}'"):
        features.expressions.__wrapped__()  # past the cache
