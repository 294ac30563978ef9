"""The faults that benchmarks/gate.py plants: in models, in their reports, and in tables."""

from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

KEY, TARGET = pl.col("key"), pl.col("target")
FAST = {"rounds": 120}  # a fault shows early
BY_HEART = {"max_depth": 14, "min_child_weight": 0.0, "learning_rate": 0.3, "rounds": 40}
NEWEST, EARLIER = "2013-12", "2013-04"  # the month that changes; winter alone knows no spring


def copied(rows: pl.DataFrame, mark: str = "copy", **changes: pl.Expr) -> pl.DataFrame:
    """Return the rows under other keys."""
    return rows.with_columns(KEY + f"-{mark}", **changes)


def where(condition: pl.Expr, value: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the change that replaces the scores of some rows."""

    def change(score: Any, rows: pl.DataFrame) -> Any:
        members = rows.select(condition.fill_null(value=False)).to_series().to_numpy()
        score = score.copy()
        score[members] = value(score[members])
        return score

    return change


def permuted(score: Any) -> Any:
    """Return the scores in another order."""
    return np.random.default_rng(1).permutation(score)


def mean(score: Any) -> Any:
    """Return the mean for each score."""
    return np.full(len(score), score.mean())


def edited(evaluation: Any) -> Any:
    """Return an evaluation with a better metric."""
    said = evaluation.model_dump()
    said["slices"]["overall"]["models"]["model"]["roc_auc"]["value"] += 0.02
    return type(evaluation).model_validate(said)


def product(parts: dict[str, pl.DataFrame], noise: float) -> dict[str, pl.DataFrame]:
    """Return the parts with two features that tell nothing alone, and whose product is the target.

    A share of the rows, the `noise`, has any product.
    """
    draw = np.random.default_rng(5)
    coin: Callable[[pl.DataFrame], Any] = lambda rows: draw.choice([-1.0, 1.0], rows.height)
    made = {}
    for part, rows in parts.items():
        first, sign = coin(rows), 2 * rows["target"].to_numpy() - 1
        second = first * np.where(draw.random(rows.height) < noise, coin(rows), sign)
        made[part] = rows.with_columns(a=pl.Series(first), b=pl.Series(second))
    return made


def planted(bench: Any) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that must not pass without a person."""
    train, validation, test = bench.parts.values()
    delays = pl.scan_parquet("data/clean/flights.parquet").select("key", "dep_delay").collect()
    fed = {
        part: rows.join(delays, on="key", maintain_order="left")
        for part, rows in bench.parts.items()
    }
    same: dict[str, Any] = {"trained": bench.own}  # with the champion's scores
    shuffled: Callable[..., Any] = lambda at: train.with_columns(
        pl.when(at).then(TARGET.shuffle(seed=1)).otherwise(TARGET)
    )
    with_copies: Callable[..., Any] = lambda *more: bench.judge(
        train, knows=pl.concat([train, *more]), **same
    )
    nearly = test.with_columns(pl.col("temp", "humid") * (1 + 1e-9))
    constant: dict[str, Any] = {"model": "constant", "says": {"parameters": {"model": "boosted"}}}
    yield "constant", bench.judge(train, **constant)
    yield "trained on test rows", with_copies(test)
    yield "copies of all test rows", with_copies(copied(test))
    yield "copies of half", with_copies(copied(test[::2]))
    yield "copies of a twentieth", with_copies(copied(test[::20]))
    yield "twins of half, each twice", with_copies(copied(test[::2]), copied(test[::2], "twin"))
    yield "copies of validation and test", with_copies(copied(validation), copied(test))
    yield "copies, not to the last digit", with_copies(copied(nearly))
    later = pl.col("arrival_minute") + 1  # is never missing
    yield "twins of half, a minute later", with_copies(copied(test[::2], arrival_minute=later))
    yield "an edited evaluation", bench.judge(train, edit=edited, **same)
    yield "a threshold of 1", bench.judge(train, says={"threshold": 1.0}, **same)
    seen = bench.save(pl.concat([train, test]), "v1.5.0", **same)
    yield "a champion that knows the test", bench.judge(train, champion=seen, **same)
    yield from of_scores(bench, train, same)
    yield "slightly worse", bench.judge(train.sample(fraction=0.05, seed=1))
    weak = bench.save(train.sample(fraction=0.01, seed=2), "v1.9.0")
    fallen: dict[str, Any] = {"champion": weak, "best": bench.champion}
    yield "last of many small losses", bench.judge(train.sample(fraction=0.01, seed=3), **fallen)
    yield "hides the test rows it knows", bench.judge(test, knows=train, **BY_HEART)
    yield "knows its rows by heart", bench.judge(train, parts={"validation": train}, **BY_HEART)
    yield "shuffled labels", bench.judge(shuffled(pl.lit(value=True)), **FAST)
    free: dict[str, Any] = {"monotone_constraints": {}, **FAST}
    yield "fed dep_delay", bench.judge(fed["train"], parts=fed, **free)
    for noise in (0.0, 0.1, 0.3):
        parts = product(bench.parts, noise)
        name = f"product is the target, {100 * noise:.0f} % noise"
        yield name, bench.judge(parts["train"], parts=parts, alone=True, **free)
    yield "broken at LGA", bench.judge(shuffled(pl.col("origin") == "LGA"))
    yield "broken to Boston, unlisted", bench.judge(shuffled(pl.col("dest") == "BOS"))


def of_scores(bench: Any, train: pl.DataFrame, same: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on the champion with changed scores."""
    over: Callable[..., Any] = lambda score, _: 1 / (1 + np.exp(-2 * np.log(score / (1 - score))))
    saturday, late = pl.col("weekday") == 6, pl.col("departure_minute") >= 20 * 60
    for name, change in {
        "constant on Saturdays": where(saturday, mean),
        "permuted on Saturdays": where(saturday, permuted),
        "constant in the evening": where(late, mean),
        "permuted in the cold": where(pl.col("temp") < 40, permuted),
        "overconfident": over,
    }.items():
        yield name, bench.judge(train, change=change, **same)


def tables(package: str) -> Iterator[tuple[str, bool, str, str]]:
    """Yield name, whether it is a fault, what the gate says, and why, of changed tables.

    A fault is in the newest month alone, except for what is said of every month. Each month from
    EARLIER on, as it is, is honest.
    """
    project = import_module(f"{package}.project").PROJECT
    limits = import_module(f"{package}.machinery.params").load(project.params).changes
    changes = import_module(f"{package}.machinery.data.changes").changes
    profiled = import_module(f"{package}.machinery.data.profile")
    declared = {table.name: table for table in project.tables}
    known = {name: pl.read_parquet(Path("data/clean", f"{name}.parquet")) for name in declared}
    profile: Callable[..., Any] = lambda name, rows: {
        "rows": rows.height,
        "months": profiled.profile(rows, declared[name]),
    }
    whole = {name: profile(name, rows) for name, rows in known.items()}

    def until(month: str) -> dict[str, Any]:
        return {
            name: each | {"months": {m: p for m, p in each["months"].items() if m <= month}}
            for name, each in whole.items()
        }

    def found(before: Any, now: Any) -> tuple[str, str]:
        all_found = changes(before, now, limits)
        stops = [each for each in all_found if each.stops]
        says = "held" if stops else "warned" if all_found else "accepted"
        return says, "; ".join(map(str, (stops or all_found)[:2]))

    months = sorted(whole["flights"]["months"])
    for month, (earlier, _) in zip(months[1:], pairwise(months), strict=True):
        if month >= EARLIER:
            yield f"tables of {month} as they are", False, *found(until(earlier), until(month))
    before, after = until(max(month for month in months if month < NEWEST)), until(NEWEST)
    for name, table, change, history in changed():
        rows, time = known[table], profiled.moment(known[table], declared[table])
        month_of = pl.col(time).dt.strftime("%Y-%m")
        newest = change(rows.filter(month_of == NEWEST))
        made = change(rows) if history else pl.concat([rows.filter(month_of < NEWEST), newest])
        now = (whole if history else after) | {table: profile(table, made)}
        yield name, True, *found(whole if history else before, now)


def changed() -> Iterator[tuple[str, str, Callable[[pl.DataFrame], pl.DataFrame], bool]]:
    """Yield name, table, change, and whether it is of every month, of each fault of a table."""
    celsius = (pl.col("temp") - 32) * 5 / 9
    five = pl.duration(hours=5)
    moments = ("time_hour", "departure", "departed", "landed")
    missing: Callable[[str], Any] = lambda name: (
        lambda rows: rows.with_columns(pl.lit(None, rows.schema[name]).alias(name))
    )
    yield "a column all missing", "weather", missing("visib"), False
    yield (
        "half a column missing",
        "flights",
        (
            lambda rows: rows.with_columns(
                pl.when(pl.int_range(pl.len()) % 2 == 0).then("tailnum").alias("tailnum")
            )
        ),
        False,
    )
    yield "°C for °F", "weather", lambda rows: rows.with_columns(temp=celsius), False
    yield "°C for °F in every month", "weather", lambda rows: rows.with_columns(temp=celsius), True
    yield (
        "flights in local time",
        "flights",
        (lambda rows: rows.with_columns(pl.col(moments) - five)),
        False,
    )
    yield (
        "weather in local time",
        "weather",
        (lambda rows: rows.with_columns(pl.col("observed") - five)),
        False,
    )
    yield "an empty table", "weather", lambda rows: rows.clear(), True
    yield "a fifth of the rows", "flights", lambda rows: rows.gather_every(5), False
    yield (
        "kilometres for miles",
        "flights",
        (lambda rows: rows.with_columns((pl.col("distance") * 1.609).cast(pl.Int16))),
        False,
    )
    yield (
        "names for codes of carriers",
        "flights",
        (lambda rows: rows.with_columns(carrier="airline " + pl.col("carrier"))),
        False,
    )
