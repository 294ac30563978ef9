"""A source of rows, read in chunks so that memory stays flat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

import polars as pl

from ...data.table import RULE, Table
from ...errors import InputError
from ...files import ROWS_PER_GROUP

CHUNK = ROWS_PER_GROUP

# Rows in the wanted types, and rows as text that do not fit these, with the column RULE.
Chunks: TypeAlias = Iterator[tuple[pl.DataFrame, pl.DataFrame]]


@dataclass(frozen=True)
class Source:
    """Rows in chunks of CHUNK: the same rows in the same order every time they are read."""

    name: str
    sha256: str | None  # of the files; None for a database
    rows: int | None  # where that is known in advance
    read: Callable[[], Chunks]
    details: dict[str, Any] = field(default_factory=dict)  # for the report, complete when read

    def chunks(self, first: int = 0) -> Chunks:
        """Yield the chunks from the number `first` on."""
        yield from islice(self.read(), first, None)


def no_unfit(wanted: Table) -> pl.DataFrame:
    """Return the unfit rows of a source whose types are known to be right: none."""
    return pl.DataFrame(schema=dict.fromkeys([*wanted.columns, RULE], pl.String))


def refuse_empty(name: object, *, empty: bool) -> None:
    """Raise InputError when the source called `name` is `empty`."""
    if empty:
        raise InputError(f"{name} has no rows: give a table that has some")
