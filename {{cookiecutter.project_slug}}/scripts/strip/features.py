"""The only feature code: training, batch and service call it, on a table, a scan or one row."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl
import polars.selectors as cs

from ..files import scan_table, write_table
from ..stage import InputError, stage
from .schema import AFTERWARDS, EXAMPLES, KEY, SOURCE, TARGET, TIME

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Raise it when a feature changes its meaning: models of another version are then refused.
VERSION = 1


def features(rows: Frame) -> Frame:
    """Return the features of `rows`, and key, time and target as far as `rows` have them.

    Each is an expression over one row, so the answer is the same for one row and for all.
    """
    beside = cs.by_name(KEY, TIME, TARGET, require_all=False)
    chosen = rows.lazy().select(beside, *expressions())
    return chosen if isinstance(rows, pl.LazyFrame) else chosen.collect()


@cache
def expressions() -> tuple[pl.Expr, ...]:
    """Return the features as expressions, built once; refuse one that looks ahead."""
    built = {
        # every column as it is; text is a category
        **{name: pl.col(name) for name in EXAMPLES.columns if name not in {KEY, TIME}},
        # and what is made of several, such as
        "roundness": pl.col("area") / pl.col("perimeter") ** 2,
    }
    for name, expression in built.items():
        refuse_look_ahead(name, expression)
    return tuple(expression.alias(name) for name, expression in built.items())


def names() -> list[str]:
    """Return the names of the features, in the order in which the model knows them."""
    return [expression.meta.output_name() for expression in expressions()]


def refuse_look_ahead(name: str, expression: pl.Expr) -> None:
    """Raise InputError when `expression` reads a column that is known only afterwards."""
    late = {column for column, rule in SOURCE.columns.items() if rule.metadata == AFTERWARDS}
    for column in expression.meta.root_names():
        if column in late | {TARGET}:
            raise InputError(
                f"feature {name!r} reads {column!r}, which is known only afterwards:"
                " use what was known before"
            )


def main(examples: Path, target: Path) -> None:
    """Write the features of `examples`, with key, time and target, to `target`."""
    write_table(features(scan_table(examples)), target)


if __name__ == "__main__":
    stage(main)
