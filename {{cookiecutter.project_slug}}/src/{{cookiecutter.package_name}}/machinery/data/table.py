"""Tables and their columns, as a project's schema declares them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from ..errors import InputError, sentence
from .kinds import KINDS, listed

# The columns that identify a row and hold its label; a project adds the column of its time.
KEY, TARGET = "key", "target"
# The moment at which a label becomes known, a column of target() where that is later than the row.
# target() names it, as in `pl.col("landed").alias(KNOWN)`, because only it knows which columns the
# label comes from; the split then leaves out what was not known when the next part starts.
KNOWN = "known"
UNIT = "unit"  # in the parts of the split: rows with the same one resemble each other
PREDICTED_AT = "predicted_at"  # the moment of a row: what became known later must not reach it

RULE = "broken_rule"  # a column of the quarantine: why a row is there

AFTERWARDS = {"known": "afterwards"}  # metadata of a column that no feature may read
ALWAYS = "always"

MINUTES = 60  # in an hour


@dataclass(frozen=True, kw_only=True)
class Parts:
    """How a clean table is parted where one machine is too small for rows().

    rows() needs for a row only what has the same values in the columns `by`, and whose moment
    `time` is at most `overlap` before or after the row's own time.
    """

    by: tuple[str, ...] = ()
    time: str = ""
    overlap: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table's name, the columns that identify a row, and the rules of each column.

    `known_at` is the clean column with the moment at which a row becomes known; `known_after` gives
    for a column the clean column with the moment at which its value becomes known. `relations` are
    expressions over the columns that hold for each row, by a name that says so; a missing value
    breaks none. A table without `parts` is small enough for each worker to have all of it.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, pa.Column]
    known_at: str = ALWAYS
    known_after: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, pl.Expr] = field(default_factory=dict, compare=False)
    parts: Parts | None = None

    def __post_init__(self) -> None:
        """Raise InputError on a column or a relation that cannot be, which it names."""
        if RULE in self.columns:
            raise InputError(
                f"data/schema.py: {self.name}.{RULE} has the name of a column of the quarantine:"
                " rename it where the table comes from"
            )
        for name, column in self.columns.items():
            kind = getattr(column.dtype, "type", None)
            if kind not in KINDS:
                raise InputError(
                    f"data/schema.py: {self.name}.{name} has the type {kind}: give it one of"
                    f" {listed()}; values of other types are converted where nothing is lost"
                )
        self._refuse_unfit_checks()
        self._refuse_unfit_relations()

    def _refuse_unfit_checks(self) -> None:
        rows = pl.LazyFrame(schema=types(self))
        for name, column in self.columns.items():
            for check in column.checks:
                if check.registry_name:
                    continue  # it is one of pandera's own
                place = f"data/schema.py: {self.name}.{name}: the check {check.name}"
                try:
                    found = holds(check, rows, name).collect()
                except Exception as error:  # of any kind, as the project wrote it
                    raise InputError(f"{place} fails: {sentence(error)}") from None
                if found.dtypes != [pl.Boolean] or not found.is_empty():
                    raise InputError(
                        f"{place} gives {found.dtypes[0]} for the table: write what is true or"
                        " false for each row, as in"
                        " lambda data: data.lazyframe.select(pl.col(data.key) % 100 < 60)"
                    )

    def _refuse_unfit_relations(self) -> None:
        rows = pl.DataFrame(schema=types(self))
        for name, relation in self.relations.items():
            place = f"data/schema.py: {self.name}: the relation {name!r}"
            try:
                kind = rows.select(relation).to_series().dtype
            except pl.exceptions.PolarsError as error:
                raise InputError(f"{place} fails: {sentence(error)}") from None
            if kind != pl.Boolean:
                raise InputError(
                    f"{place} gives {kind}: write what is true or false, as in"
                    ' pl.col("low") <= pl.col("high")'
                )

    def broken_relations(self, rows: pl.DataFrame) -> pl.Series:
        """Return the names of the relations that each row breaks, or null."""
        holds = rows.select(relation.alias(name) for name, relation in self.relations.items())
        broken = [name for name in holds.columns if not holds[name].all()]
        if not broken:  # as nearly always: a single request would wait for the names
            return pl.Series(RULE, [None], dtype=pl.String).new_from_index(0, rows.height)
        faults = [pl.when(~pl.col(name)).then(pl.lit(name)) for name in broken]
        found = holds.select(pl.concat_str(faults, separator="; ", ignore_nulls=True).alias(RULE))
        return found.select(pl.when(pl.col(RULE) != "").then(RULE).alias(RULE)).to_series()

    @property
    def afterwards(self) -> list[str]:
        """Return the columns that are known only after the moment of prediction."""
        return [
            name
            for name, column in self.columns.items()
            if column.metadata == AFTERWARDS or name in self.known_after
        ]

    @property
    def timed(self) -> bool:
        """Return whether the table says when something of it becomes known."""
        return self.known_at != ALWAYS or bool(self.known_after)


@dataclass(frozen=True, kw_only=True)
class Row(Table):
    """The input of a prediction: one row, its column of time if it has one, and an example.

    The example is one row as JSON: the service's documentation shows it and warms up with it.
    `watched` are expressions over the features, by a name: monitoring watches them like features,
    though no model learns from them.
    """

    name: str = "rows"
    key: tuple[str, ...] = (KEY,)
    example: dict[str, Any]
    time: str | None = None
    watched: Mapping[str, pl.Expr] = field(default_factory=dict, compare=False)

    @property
    def order(self) -> list[str]:
        """Return the columns by which rows are sorted: their time and their key."""
        return [name for name in (self.time, KEY) if name]


def holds(check: pa.Check, rows: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Return a plan with one column: whether a check holds for each value of `column`."""
    backend: Any = check.get_backend(rows)(check)
    found = backend.apply(PolarsData(rows, column))
    return found if isinstance(found, pl.LazyFrame) else pl.LazyFrame({column: [found]})


def summary(target: pl.Series) -> dict[str, Any]:
    """Return the mean of a target, or, if it is text, the share of each class."""
    if target.dtype != pl.String:
        mean = target.mean()
        return {"mean_target": None if mean is None else round(mean, 6)}  # type: ignore[arg-type]
    shares = target.value_counts(normalize=True, name="share").sort(target.name)
    return {"classes": {name: round(share, 6) for name, share in shares.rows()}}


def types(table: Table) -> dict[str, pl.DataType]:
    """Return the Polars type of each column of `table`."""
    return {name: column.dtype.type for name, column in table.columns.items()}


def afterwards(tables: Iterable[Table]) -> set[str]:
    """Return the columns of all `tables` that are known only after the moment of prediction."""
    return {name for table in tables for name in table.afterwards}


def measured(
    low: float,
    high: float,
    description: str,
    *,
    kind: type[pl.DataType] = pl.Float64,
    metadata: dict[str, str] | None = None,
) -> pa.Column:
    """Return a column of numbers from `low` to `high` that may be missing."""
    rule = pa.Check.in_range(low, high)
    return pa.Column(kind, rule, nullable=True, description=description, metadata=metadata)


def text(
    description: str,
    *,
    pattern: str = ".+",
    nullable: bool = False,
    metadata: dict[str, str] | None = None,
) -> pa.Column:
    """Return a column of strings that match the regular expression `pattern`."""
    rule = pa.Check.str_matches(f"^{pattern}$")
    return pa.Column(pl.String, rule, nullable=nullable, description=description, metadata=metadata)


# The same in JSON Schema: one range an hour.
CLOCK = {"anyOf": [{"minimum": 100 * h, "maximum": 100 * h + MINUTES - 1} for h in range(25)]}


def clock(description: str) -> pa.Column:
    """Return a column of local times written as the number HHMM."""
    minutes = pa.Check(
        lambda data: data.lazyframe.select(_on_the_clock(pl.col(data.key))),
        name="minutes_below_60",
        statistics={"holds": _on_the_clock, "schema": CLOCK},  # for the service
    )
    return pa.Column(pl.Int16, [pa.Check.in_range(0, 2400), minutes], description=description)


def _on_the_clock(time: Any) -> Any:
    return time % 100 < MINUTES
