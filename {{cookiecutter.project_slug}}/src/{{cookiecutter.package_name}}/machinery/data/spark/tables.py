"""Clean tables as frames of Spark, which parts them into the groups that rows() needs."""

from collections.abc import Mapping
from functools import reduce
from math import ceil
from typing import Any, NamedTuple

from ...errors import InputError
from ...project import Project
from ...spark.frames import quoted
from ..table import Parts, Table
from .join import FILE, PERIOD, PLACE, TABLE

STEPS = {"day": "1 day", "week": "7 days", "month": "1 month", "quarter": "3 months"}


class Tables(NamedTuple):
    """The clean tables of a project; those in `whole` declare no parts."""

    parted: Mapping[str, Any]
    whole: Mapping[str, Any]


def read(spark: Any, folder: str, project: Project) -> Tables:
    """Open the tables in `folder`: <table>.parquet, or one of this name in each folder within.

    The rows of a frame know their file and their place in it. Raises InputError when a table is
    missing, or no table declares its parts.
    """
    parted = [table for table in project.tables if table.parts]
    if not parted:
        raise InputError(
            "data/schema.py: no table declares its parts, so workers cannot share the join: declare"
            " them, as in parts=Parts(time='departure', overlap=timedelta(days=1))"
        )
    if not project.row.time and any(table.parts and table.parts.time for table in parted):
        raise InputError(
            "data/schema.py: parts of the tables have a time, but ROW has none: name its column, or"
            " part the tables by values alone"
        )
    found = {table.name: _read(spark, folder, table) for table in project.tables}
    names = {table.name for table in parted}
    return Tables(
        {name: frame for name, frame in found.items() if name in names},
        {name: frame for name, frame in found.items() if name not in names},
    )


def _read(spark: Any, folder: str, table: Table) -> Any:
    from pyspark.errors import AnalysisException  # noqa: PLC0415

    options = {"recursiveFileLookup": "true", "pathGlobFilter": f"{table.name}.parquet"}
    try:
        frame = spark.read.options(**options).parquet(folder)
    except AnalysisException as error:
        raise InputError(
            f"{folder} has no {table.name}.parquet that Spark can read: give the folder of the"
            f" clean tables ({str(error).splitlines()[0]})"
        ) from None
    columns = frame.columns
    for name in _named(table.parts or Parts()):
        if name not in columns:
            raise InputError(
                f"data/schema.py: the parts of {table.name} name {name}, but the clean table has"
                f" only {', '.join(columns)}: correct the name"
            )
    return frame.selectExpr(
        *map(quoted, columns),
        f"_metadata.file_path AS `{FILE}`",
        f"_metadata.row_index AS `{PLACE}`",
    )


def _named(parts: Parts) -> list[str]:
    return [*parts.by, *([parts.time] if parts.time else [])]


def groups(tables: Tables, project: Project, every: str) -> Any:
    """Return the groups of the parted tables: by the columns that they declare, and by period.

    Each row of the frame holds a row of one table, as a struct. It is there once for each group
    that needs it.
    """
    from pyspark.sql import DataFrame  # noqa: PLC0415
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    declared = {table.name: table.parts for table in project.tables if table.parts}
    keys = sorted({name for parts in declared.values() for name in parts.by})
    if any(parts.time for parts in declared.values()):
        keys.append(PERIOD)
    packed = {
        name: tables.parted[name].select(
            *map(quoted, parts.by),
            *([_periods(parts, every).alias(PERIOD)] if parts.time else []),
            F.struct(*map(quoted, tables.parted[name].columns)).alias(f"{TABLE}{name}"),
        )
        for name, parts in declared.items()
    }
    complete = [frame for frame in packed.values() if {*keys} <= {*frame.columns}]
    if not complete:
        raise InputError(
            f"data/schema.py: no table declares all parts, by {', '.join(keys)}: declare them for"
            " the table that makes the rows"
        )
    by = [*map(quoted, keys)]
    known = reduce(DataFrame.union, (frame.select(*by) for frame in complete)).distinct()
    union, *others = (
        frame.join(known, [key for key in keys if key in frame.columns])
        if {*keys} - {*frame.columns}
        else frame
        for frame in packed.values()
    )
    for other in others:
        union = union.unionByName(other, allowMissingColumns=True)
    return union.groupBy(*by)


def _periods(parts: Parts, every: str) -> Any:
    """Return the starts of the periods that need a row: its own, and those within the overlap."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    overlap = F.expr(f"interval {ceil(parts.overlap.total_seconds())} seconds")
    moment = F.col(quoted(parts.time))
    first, last = moment - overlap, moment + overlap
    starts = F.sequence(
        F.date_trunc(every, first), F.date_trunc(every, last), F.expr(f"interval {STEPS[every]}")
    )
    return F.explode_outer(starts.cast("array<timestamp_ntz>"))
