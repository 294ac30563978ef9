"""Time travel: tables as they were known at a moment."""

from datetime import datetime

import pandera.polars as pa
import polars as pl

from machinery.data.table import AFTERWARDS, Table
from machinery.data.time_travel import travel

NOON = datetime(2026, 3, 1, 12)

ORDERS = Table(
    name="orders",
    key=("order",),
    columns={
        "order": pa.Column(pl.Int64),
        "days": pa.Column(pl.Int64, nullable=True),
        "rating": pa.Column(pl.Int64, nullable=True, metadata=AFTERWARDS),
    },
    known_after={"days": "arrived"},
)
WEATHER = Table(name="weather", key=("seen",), columns={}, known_at="seen")
SHOPS = Table(name="shops", key=("shop",), columns={})
TABLES = {
    "orders": pl.LazyFrame(
        {
            "order": [1, 2, 3],
            "days": [1, 5, None],
            "rating": [5, None, 1],
            "arrived": [NOON, NOON.replace(hour=13), None],
        }
    ),
    "weather": pl.LazyFrame({"seen": [NOON, NOON.replace(minute=1)], "rain": [0.0, 2.5]}),
    "shops": pl.LazyFrame({"shop": ["a", "b"]}),
}


def known(table: str) -> pl.DataFrame:
    return travel(TABLES, (ORDERS, WEATHER, SHOPS), NOON)[table].collect()


def test_rows_that_become_known_later_are_left_out() -> None:
    assert known("weather").rows() == [(NOON, 0.0)]
    assert known("shops").equals(TABLES["shops"].collect())


def test_a_value_that_becomes_known_later_is_blank_and_so_is_that_moment() -> None:
    assert known("orders")["order"].to_list() == [1, 2, 3]
    assert known("orders")["days"].to_list() == [1, None, None]
    assert known("orders")["arrived"].to_list() == [NOON, None, None]


def test_a_column_that_is_known_afterwards_at_no_stated_moment_is_always_blank() -> None:
    assert known("orders")["rating"].to_list() == [None, None, None]
    assert dict(known("orders").schema) == dict(TABLES["orders"].collect_schema())


def test_what_is_known_after_a_moment_is_known_afterwards() -> None:
    assert ORDERS.afterwards == ["days", "rating"]
    assert [table.timed for table in (ORDERS, WEATHER, SHOPS)] == [True, True, False]
