"""What a Python process of Spark does: it makes the rows of a group as the stage `rows` does."""

from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ...spark.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import polars as pl

    from ...project import Project

# Columns of a group that no table of yours has, because a name of Python holds no space.
PERIOD, FILE, PLACE = "the period", "the file", "the place"
TABLE = "table "  # and the name of a table: a column of its rows
EVERY = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q"}  # for Polars


@dataclass(frozen=True)
class Join:
    """What a process needs to make rows: the project's code by its name, and small tables whole."""

    package: str
    known: Any  # a broadcast: params.yaml, and the tables that each process has, as bytes
    function: str
    every: str
    schema: Any  # of Arrow

    def __call__(self, given: Any) -> Any:
        """Return the rows of a group, which Spark gives as an Arrow table."""
        one_thread()
        import polars as pl  # noqa: PLC0415

        project = import_module(f"{self.package}.project").PROJECT
        settings, whole = self.known.value
        group = pl.DataFrame(given)
        tables = {name: pl.read_ipc(BytesIO(table)) for name, table in whole.items()}
        for name in group.columns:
            if name.startswith(TABLE):
                rows = group.select(name).drop_nulls().unnest(name)
                tables[name.removeprefix(TABLE)] = in_order(rows)
        made = make(project, tables, settings, self.function)
        if PERIOD in group.columns:
            made = within(made, project, group[PERIOD][0], EVERY[self.every])
        return made.to_arrow().cast(self.schema)


def in_order(rows: "pl.DataFrame") -> "pl.DataFrame":
    """Return rows of a table in the order that they have in its files."""
    return rows.sort(FILE, PLACE).drop(FILE, PLACE)


def make(
    project: "Project", tables: "Mapping[str, pl.DataFrame]", settings: Any, function: str
) -> "pl.DataFrame":
    """Return the rows that a function of the stage `rows` makes of the tables."""
    from .. import rows  # noqa: PLC0415

    lazy = {name: table.lazy() for name, table in tables.items()}
    made: pl.DataFrame = getattr(rows, function)(project, lazy, settings)
    return made


def within(
    made: "pl.DataFrame", project: "Project", start: "datetime | None", length: str
) -> "pl.DataFrame":
    """Return the rows whose time is in the period of this `length` that begins at `start`."""
    import polars as pl  # noqa: PLC0415

    from ...errors import InputError  # noqa: PLC0415

    if start is None:
        raise InputError(
            "a clean table has rows without the time that its parts in data/schema.py name: name a"
            " column that each row has"
        )
    first, moment = pl.lit(start, pl.Datetime("us")), pl.col(str(project.row.time))
    return made.filter((moment >= first) & (moment < first.dt.offset_by(length)))
