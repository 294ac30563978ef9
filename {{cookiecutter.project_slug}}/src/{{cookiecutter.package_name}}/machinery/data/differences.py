"""Compares rows that were made twice, of the same keys."""

from typing import NamedTuple

import polars as pl

from .table import KEY

RELATIVE, ABSOLUTE = 1e-6, 1e-9  # sums of floats depend on how many rows are summed
AGAIN = " again"


class Difference(NamedTuple):
    """A value that is not the same, or `column` None if only one of the frames has the row."""

    key: str
    column: str | None
    first: object
    again: object


def difference(first: pl.DataFrame, again: pl.DataFrame) -> Difference | None:
    """Return the first difference of two frames that have the same columns."""
    for frame, other in ((first, again), (again, first)):
        alone = frame.join(other, on=KEY, how="anti", maintain_order="left")
        if not alone.is_empty():
            return Difference(alone[KEY][0], None, frame is first, frame is not first)
    both = first.join(again, on=KEY, suffix=AGAIN, maintain_order="left")
    for name in first.columns:
        if name == KEY:
            continue
        unequal = both.filter(differs(name, first.schema[name]))
        if not unequal.is_empty():
            row = unequal.row(0, named=True)
            return Difference(row[KEY], name, row[name], row[name + AGAIN])
    return None


def differs(name: str, kind: pl.DataType) -> pl.Expr:
    """Return whether a column differs from its counterpart in a join."""
    first, again = pl.col(name), pl.col(name + AGAIN)
    unequal = first.ne_missing(again)
    if not kind.is_float():
        return unequal
    largest = pl.max_horizontal(first.abs(), again.abs())
    close = (first - again).abs() <= RELATIVE * largest + ABSOLUTE
    return unequal & ~close.fill_null(value=False)
