"""Frames of Polars and of Spark."""

from typing import Any

import polars as pl


def collected(frame: Any) -> pl.DataFrame:
    """Return all rows of a frame of Spark, in the memory of this process."""
    return pl.DataFrame(frame.toArrow())


def quoted(name: str) -> str:
    """Return the name of a column as Spark reads it, which may have a dot."""
    return "`" + name.replace("`", "``") + "`"


def kinds(frame: pl.DataFrame) -> Any:
    """Return the columns of `frame` in the types of Spark."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    return from_arrow_schema(frame.to_arrow().schema)


def in_arrow(kinds: Any) -> Any:
    """Return types of Spark as those of Arrow, which a group has to have exactly."""
    from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415

    return to_arrow_schema(kinds)
