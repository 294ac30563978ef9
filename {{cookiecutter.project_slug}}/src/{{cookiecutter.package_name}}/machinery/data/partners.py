"""Finds rows without a partner: those that are the same without a table."""

from collections.abc import Mapping

import polars as pl

from ..errors import InputError
from .differences import AGAIN, differs
from .hindsight import Join
from .table import KEY


def without_partner(made: pl.DataFrame, join: Join) -> Mapping[str, float]:
    """Return for each table the share of the rows `made` that are the same when it is empty.

    A table that makes the rows is left out.
    """
    emptied = [
        join.make({**join.tables, table.name: join.tables[table.name].clear()})
        for table in join.declared
    ]
    frames = zip(join.declared, pl.collect_all(emptied), strict=True)
    return {table.name: _same(made, frame) for table, frame in frames if not frame.is_empty()}


def _same(made: pl.DataFrame, emptied: pl.DataFrame) -> float:
    """Return the share of the rows that are the same in `emptied`."""
    both = made.join(emptied, on=KEY, suffix=AGAIN)
    columns = (name for name in made.columns if name != KEY)
    other = both.filter(pl.any_horizontal(differs(name, made.schema[name]) for name in columns))
    return round((both.height - other.height) / made.height, 6)


def refuse_lonely(shares: Mapping[str, float], limits: Mapping[str, float]) -> None:
    """Raise InputError if more rows have no partner in a table than its limit allows."""
    for name, limit in limits.items():
        if name not in shares:
            raise InputError(
                f"params.yaml: quarantine.max_without_partner names {name}: name a table that is"
                f" joined to the rows, such as {', '.join(shares) or 'none here'}"
            )
        if shares[name] > limit:
            raise InputError(
                f"data/rows.py: {100 * shares[name]:.1f} % of the rows have no partner in {name},"
                f" more than quarantine.max_without_partner.{name} = {limit} in params.yaml allows:"
                " correct the table or the join, or raise the limit"
            )
