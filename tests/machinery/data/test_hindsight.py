"""Hindsight: rows that use what became known after their moment are refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandera.polars as pa
import polars as pl
import polars.selectors as cs
import pytest

from machinery import params
from machinery.data import rows
from machinery.data.hindsight import Join, check
from machinery.data.partners import refuse_lonely, without_partner
from machinery.data.table import KEY, PREDICTED_AT, Row, Table, measured
from machinery.data.time_travel import Tables
from machinery.errors import InputError
from machinery.project import Project
from tiny.data.parcels import parcels as clean_parcels
from tiny.data.schema import PARCELS, ROW
from tiny.params import Params
from tiny.project import PROJECT
from tiny.sample import HERE, parcels

SETTINGS = params.load(Params, HERE / "params.yaml")


def sent(number: int) -> pl.DataFrame:
    """Return clean parcels that also say when each has arrived."""
    took = pl.duration(seconds=pl.col("days") * 86_400)
    return clean_parcels(parcels(number)).with_columns(arrived=pl.col("sent") + took)


SENT = sent(400)
STORMS = pl.DataFrame({"seen": SENT["sent"] + timedelta(hours=1), "wind": range(400)})
TABLES = {"parcels": SENT.lazy(), "storms": STORMS.cast({"wind": pl.Float64}).lazy()}
DECLARED = (
    replace(PARCELS, known_after={"days": "arrived"}),
    Table(name="storms", key=("seen",), columns={"wind": pa.Column(pl.Float64)}, known_at="seen"),
)
WIDE = Row(
    time="sent",
    columns=ROW.columns | {name: measured(-1e9, 1e9, "extra") for name in ("extra", "other")},
    example=ROW.example,
)


def joined(function: Callable[..., pl.LazyFrame]) -> Project:
    """Return a project whose rows are those of `function`, with a moment and a column `extra`."""

    def made(*, parcels: pl.LazyFrame, storms: pl.LazyFrame) -> pl.LazyFrame:
        asked = parcels.with_columns(pl.col("sent").alias(PREDICTED_AT), other=pl.lit(None))
        return function(asked, storms)

    return replace(PROJECT, tables=DECLARED, row=WIDE, rows=made)


def join_of(project: Project, tables: Tables = TABLES) -> tuple[pl.DataFrame, Join]:
    made = rows.rows(project, tables, SETTINGS)
    return made, Join(DECLARED, tables, lambda known: rows.lazy_rows(project, known, SETTINGS))


def refused(function: Callable[..., pl.LazyFrame], tables: Tables = TABLES) -> str:
    with pytest.raises(InputError) as error:
        check(*join_of(joined(function), tables))
    assert "\n" not in str(error.value)
    return str(error.value)


def recent(sent: pl.LazyFrame, moment: str, by: str = "carrier") -> pl.LazyFrame:
    """Join the last parcel of the carrier that was known by its `moment`."""
    last = sent.drop_nulls(moment).sort(moment).select(by, then=moment, extra=pl.col("days"))
    asked = sent.sort(PREDICTED_AT)
    how = {"left_on": PREDICTED_AT, "right_on": "then", "by": by, "check_sortedness": False}
    return asked.join_asof(last, allow_exact_matches=False, **how)


def test_a_history_of_what_was_known_is_accepted_at_twenty_moments() -> None:
    assert check(*join_of(joined(lambda sent, _: recent(sent, "arrived")))) == 20


def test_a_column_that_is_there_once_gets_a_moment_of_its_own() -> None:
    many = TABLES | {"parcels": sent(32_000).lazy()}
    said = refused(lambda sent, _: sent.with_columns(extra=pl.when(number=2500).then("days")), many)
    assert "extra of row P2500 is None by what was known at" in said
    honest = joined(lambda sent, _: sent.with_columns(extra=pl.when(number=2500).then("weight")))
    assert check(*join_of(honest, many)) == 21


@pytest.mark.parametrize(
    "leak",
    [
        lambda sent, _: sent.with_columns(extra=pl.col("days") * 2 - 1),
        lambda sent, _: sent.with_columns(
            extra=pl.sum_horizontal(cs.float() - cs.by_name("weight"))
        ),
        lambda sent, _: sent.with_columns(extra=pl.col("days").mean().over("carrier")),
        lambda sent, _: sent.with_columns(extra=pl.when(number=200).then("days")),
        lambda sent, _: recent(sent, "sent"),
        lambda sent, _: sent.with_columns(extra=pl.col("days").rolling_mean(3).shift(1)),
        lambda sent, _: sent.with_columns(
            extra=(pl.col("arrived") - pl.col("sent")).dt.total_hours()
        ),
    ],
    ids=["renamed", "selector", "target-mean", "some-rows", "unknown-outcome", "lag", "moment"],
)
def test_a_row_that_uses_an_outcome_is_refused_with_table_and_column(leak: object) -> None:
    said = refused(leak)
    assert said.startswith(
        "data/rows.py: rows() uses days of parcels before arrived: extra of row P"
    )
    assert "by what was known at 2026-" in said
    assert said.endswith("or correct known_at and known_after in data/schema.py")


def test_a_join_with_what_was_observed_later_is_refused_with_its_table() -> None:
    def nearest(sent: pl.LazyFrame, storms: pl.LazyFrame) -> pl.LazyFrame:
        how = {"left_on": PREDICTED_AT, "right_on": "seen", "strategy": "nearest"}
        return sent.sort(PREDICTED_AT).join_asof(storms.rename({"wind": "extra"}), **how)

    assert "rows() uses rows of storms before seen: extra of row P" in refused(nearest)


def test_a_row_that_only_an_outcome_keeps_or_drops_is_refused() -> None:
    kept = refused(lambda sent, _: sent.with_columns(extra=pl.lit(1)).drop_nulls("days"))
    assert "is made only with what was not yet known at" in kept
    left_out = refused(
        lambda sent, _: sent.with_columns(extra=pl.lit(1)).filter(pl.col("days").is_null())
    )
    assert "is left out because of what was not yet known at" in left_out


def test_without_moments_a_column_known_only_afterwards_is_blank_for_all_rows() -> None:
    made = rows.rows(PROJECT, TABLES, SETTINGS)
    tables = (PARCELS,)
    honest = Join(tables, TABLES, lambda known: rows.lazy_rows(PROJECT, known, SETTINGS))
    assert check(made, honest) == 1
    leaking = replace(PROJECT, rows=lambda parcels: parcels.with_columns(weight=pl.col("days")))
    with pytest.raises(
        InputError, match="uses days of parcels, which is known only afterwards: weight of"
    ):
        check(
            rows.rows(leaking, TABLES, SETTINGS),
            Join(tables, TABLES, lambda known: rows.lazy_rows(leaking, known, SETTINGS)),
        )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"known_at": "seen"},
            "parcels names seen in known_at or known_after, but data/parcels.py",
        ),
        ({"known_after": {"days": "number"}}, "the moments number of parcels are Int64: make them"),
    ],
)
def test_a_moment_that_is_none_is_refused(changed: dict[str, object], said: str) -> None:
    made, join = join_of(joined(lambda sent, _: sent.with_columns(extra=pl.lit(1))))
    wrong = join._replace(declared=(replace(PARCELS, **changed), DECLARED[1]))
    with pytest.raises(InputError, match=said):
        check(made, wrong)


def test_rows_without_a_partner_are_counted_by_table_and_limited() -> None:
    def within(sent: pl.LazyFrame, storms: pl.LazyFrame) -> pl.LazyFrame:
        how = {"left_on": PREDICTED_AT, "right_on": "seen", "tolerance": "30h"}
        late = storms.filter(pl.col("wind") >= 300).rename({"wind": "extra"})
        return sent.sort(PREDICTED_AT).join_asof(late, **how)

    shares = without_partner(*join_of(joined(within)))
    assert shares == {"storms": 0.7525}  # parcels 0 to 300; parcels make the rows
    refuse_lonely(shares, {"storms": 0.76})
    with pytest.raises(InputError, match=r"75.2 % of the rows have no partner in storms, more"):
        refuse_lonely(shares, {"storms": 0.7})
    with pytest.raises(InputError, match="names crews: name a table that is joined to the rows"):
        refuse_lonely(shares, {"crews": 0.7})


def test_the_key_of_a_refusal_is_a_row() -> None:
    said = refused(lambda sent, _: sent.with_columns(extra=pl.col("days")))
    key = said.partition("of row ")[2].split()[0]
    assert key in SENT[KEY].to_list()
