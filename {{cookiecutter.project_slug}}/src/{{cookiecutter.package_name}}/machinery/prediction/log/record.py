"""The rows of the table `predictions`, made from a table of answers."""

from datetime import datetime

import polars as pl

from ...data.table import KEY

# The columns that an answer lacks without classes, a shadow, or contributions.
OPTIONAL = {
    "label": pl.String,
    "scores": pl.String,
    "shadow_version": pl.String,
    "shadow_score": pl.Float64,
    "contributions": pl.String,
}


def records(
    inputs: pl.DataFrame,
    answers: pl.DataFrame,
    *,
    request_id: str,
    first: int,
    time: datetime,
    assign_by: str = KEY,
) -> pl.DataFrame:
    """Return the rows of `predictions` for `inputs` and their `answers`, in the table's columns.

    The index counts from `first` on. Inputs and contributions are JSON; `time` is in UTC.
    """
    absent = [pl.lit(None, kind).alias(name) for name, kind in OPTIONAL.items()]
    answers = as_json(answers).rename({KEY: "unit"})
    return answers.with_columns(
        *(column for column in absent if column.meta.output_name() not in answers.columns)
    ).select(
        pl.lit(request_id).alias("request_id"),
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("index"),
        "unit",
        "arm",
        "model_version",
        "score",
        "label",
        "scores",
        "decision",
        "shadow_version",
        "shadow_score",
        "contributions",
        as_text(inputs).alias("inputs"),
        pl.lit(time).alias("time"),
        inputs[assign_by].cast(pl.String).alias("assigned"),
    )


def as_text(inputs: pl.DataFrame) -> pl.Series:
    """Return each row of `inputs` as JSON."""
    return inputs.select(pl.struct(pl.all()).struct.json_encode()).to_series()


def as_json(answers: pl.DataFrame) -> pl.DataFrame:
    """Return `answers` with scores and contributions as JSON, for formats that hold no lists."""
    if "scores" in answers.columns:
        answers = answers.with_columns(pl.col("scores").struct.json_encode())
    if "contributions" not in answers.columns:
        return answers
    wrapped = pl.struct(list="contributions").struct.json_encode()  # Polars encodes only structs
    return answers.with_columns(
        contributions=wrapped.str.strip_prefix('{"list":').str.strip_suffix("}")
    )
