"""The pictures of the rows over time: their number, their outcomes and their missing values."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from ... import drawing
from ...data.table import TARGET, Row
from ...drawing import Series
from .pictures import Picture

PART = "Data over time"
MOST_MONTHS = 48  # with more, rows are counted by year
MOST_COLUMNS = 20
MOST_CLASSES = 6


def pictures(rows: pl.LazyFrame, row: Row, split: dict[str, Any]) -> Iterator[Picture]:
    """Yield the pictures of `rows`; without a time, only of what is missing."""
    columns = [name for name in rows.collect_schema().names() if name in row.columns]
    when = pl.lit("all") if row.time is None else pl.col(row.time).dt.strftime(_format(rows, row))
    parts = (
        rows.with_columns(period=when)
        .group_by("period")
        .agg(pl.len().alias("rows"), pl.col(columns).null_count().name.prefix("missing:"))
        .sort("period")
        .collect()
    )
    periods = parts["period"].to_list()
    if row.time is not None:
        moments = _begins(split, periods)
        outcomes = _target(rows, when, periods)
        counts = {"rows": Series(periods, parts["rows"].to_list())}
        yield Picture(
            "rows", PART, "A gap or a jump is a question to those who deliver the data.",
            drawing.lines(counts, title="Rows", moments=moments, points=True),
        )  # fmt: skip
        yield Picture(
            "target", PART, "What came of the rows. A model learned before a change misses it.",
            drawing.lines(outcomes, title="Outcome", moments=moments, points=True),
        )  # fmt: skip
    shares = {
        name: (100 * parts[f"missing:{name}"] / parts["rows"]).to_list()
        for name in columns
        if parts[f"missing:{name}"].sum()
    }
    if shares:
        worst = sorted(shares, key=lambda name: -max(shares[name]))[:MOST_COLUMNS]
        most = max(shares[worst[0]])
        yield Picture(
            "missing", PART,
            f"Columns that lack values, in % of the rows; the darkest cell is {most:.3g} %.",
            drawing.heat({name: shares[name] for name in worst}, periods, title="Missing values"),
        )  # fmt: skip


def _format(rows: pl.LazyFrame, row: Row) -> str:
    months = rows.select(pl.col(str(row.time)).dt.strftime("%Y-%m").n_unique()).collect().item()
    return "%Y-%m" if months <= MOST_MONTHS else "%Y"


def _begins(split: dict[str, Any], periods: list[str]) -> dict[str, str]:
    """Return the period in which each part but the first begins."""
    firsts = {name: str(part.get("first", ""))[: len(periods[0])] for name, part in split.items()}
    return {
        f"{name} begins": first
        for name, first in firsts.items()
        if first in periods and name != "train"
    }


def _target(rows: pl.LazyFrame, when: pl.Expr, periods: list[str]) -> dict[str, Series]:
    """Return the mean outcome of each period, or the share of each class."""
    labels = rows.select(period=when, label=pl.col(TARGET)).drop_nulls()
    if labels.collect_schema()["label"].is_numeric():
        means = labels.group_by("period").agg(pl.col("label").mean()).sort("period").collect()
        known = dict(means.rows())
        return {"mean outcome": Series(periods, [known.get(each) for each in periods])}
    shares = (
        labels.group_by("period", "label")
        .len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("period"))
        .collect()
    )
    common = shares.group_by("label").agg(pl.col("len").sum()).sort("len", "label", descending=True)
    found = {}
    for label in common["label"].to_list()[:MOST_CLASSES]:
        known = dict(shares.filter(pl.col("label") == label).select("period", "share").rows())
        found[f"share of {label}"] = Series(periods, [known.get(each, 0) for each in periods])
    return found
