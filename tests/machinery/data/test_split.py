from datetime import date, datetime

import polars as pl
import pytest

from machinery import params
from machinery.data import split
from machinery.errors import InputError

BY_TIME = params.SplitByTime(
    by="time", column="departure", validation_from=date(2013, 2, 1), test_from=date(2013, 3, 1)
)
BY_HASH = params.SplitByHash(by="hash", column="key", validation_share=0.2, test_share=0.3)
ROWS = pl.DataFrame(
    {
        "key": [f"unit {number}" for number in range(2000)],
        "departure": [datetime(2013, 1 + number % 3, 1) for number in range(2000)],
    }
)


def keys(settings, rows=ROWS):
    parts = split.split(rows.lazy(), settings)
    return {name: part.collect()["key"].to_list() for name, part in parts.items()}


@pytest.mark.parametrize("settings", [BY_TIME, BY_HASH], ids=["time", "hash"])
def test_each_row_is_in_exactly_one_part(settings):
    parts = keys(settings)
    dealt = [key for members in parts.values() for key in members]
    assert sorted(dealt) == sorted(ROWS["key"].to_list())
    assert all(parts.values())


@pytest.mark.parametrize("settings", [BY_TIME, BY_HASH], ids=["time", "hash"])
def test_a_row_stays_in_its_part_when_others_come_and_go(settings):
    fewer = keys(settings, ROWS[::7])
    assert all(set(fewer[part]) <= set(everything) for part, everything in keys(settings).items())


def test_no_time_in_a_later_part_is_before_one_in_an_earlier_part():
    parts = split.split(ROWS.lazy(), BY_TIME)
    train, validation, test = (part.collect()["departure"] for part in parts.values())
    assert train.max() < datetime(2013, 2, 1) <= validation.min()
    assert validation.max() < datetime(2013, 3, 1) <= test.min()


def test_a_hash_deals_out_the_shares_that_were_asked_for():
    parts = {name: len(members) / len(ROWS) for name, members in keys(BY_HASH).items()}
    assert parts == pytest.approx({"train": 0.5, "validation": 0.2, "test": 0.3}, abs=0.04)


def test_dates_in_the_wrong_order_are_refused():
    wrong = BY_TIME.model_copy(update={"test_from": date(2013, 1, 1)})
    with pytest.raises(InputError, match=r"validation_from is 2013-02-01, which is not before"):
        keys(wrong)


def test_shares_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(InputError, match="leave nothing to train on"):
        keys(BY_HASH.model_copy(update={"test_share": 0.8}))


def test_a_split_by_time_needs_a_time():
    with pytest.raises(
        InputError, match=r"'key' is not a date or datetime column of key, departure: name one, or"
    ):
        keys(BY_TIME.model_copy(update={"column": "key"}))


def test_a_column_that_does_not_exist_is_refused_by_name():
    with pytest.raises(InputError, match="'when' is not a column of key, departure: name one"):
        keys(BY_TIME.model_copy(update={"column": "when"}))
