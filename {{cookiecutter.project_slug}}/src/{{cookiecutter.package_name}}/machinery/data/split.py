"""Splits by time, or by a hash: train, validation, and the test part for evaluation alone."""

from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from .. import params
from ..errors import InputError
from ..files import scan_table, write_json, write_table
from ..params import SplitByHash, SplitByTime
from ..project import Project
from .table import TARGET, UNIT

PARTS = ("train", "validation", "test")


def split(rows: pl.LazyFrame, settings: SplitByTime | SplitByHash) -> dict[str, pl.LazyFrame]:
    """Return the rows of each part, in the order of `rows`; no row is in two of them."""
    kind = rows.collect_schema().get(settings.column)
    if kind is None or (isinstance(settings, SplitByTime) and not kind.is_temporal()):
        wanted = "date or datetime column" if kind else "column"
        raise InputError(
            f"params.yaml: split.column {settings.column!r} is not a {wanted} of"
            f" {', '.join(rows.collect_schema().names())}: name one"
            + (", or use split.by: hash" if kind else "")
        )
    part = by_time(settings) if isinstance(settings, SplitByTime) else by_hash(settings)
    return {name: rows.filter(part == name) for name in PARTS}


def by_time(settings: SplitByTime) -> pl.Expr:
    """Return the part of each row by the day of its time."""
    if not settings.validation_from < settings.test_from:
        raise InputError(
            f"params.yaml: split.validation_from is {settings.validation_from}, which is not before"
            f" split.test_from, {settings.test_from}"
        )
    return _parts(
        pl.col(settings.column), validation=settings.validation_from, test=settings.test_from
    )


def by_hash(settings: SplitByHash) -> pl.Expr:
    """Return the part of each row by its hash, as a number between 0 and 1.

    BLAKE2b, because Polars' own hash may change with its version and would move rows.
    """
    if settings.validation_share + settings.test_share >= 1:
        raise InputError("params.yaml: the shares of split leave nothing to train on")
    place = pl.col(settings.column).map_batches(
        lambda keys: pl.Series(key_hashes(keys) / 2**64), return_dtype=pl.Float64
    )
    test = 1 - settings.test_share
    return _parts(place, validation=test - settings.validation_share, test=test)


def key_hashes(keys: pl.Series) -> npt.NDArray[np.uint64]:
    """Return the 64-bit hash of each key, read as text."""
    digests = (
        blake2b((key or "").encode(), digest_size=8).digest() for key in keys.cast(pl.String)
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def _parts(value: pl.Expr, *, validation: date | float, test: date | float) -> pl.Expr:
    later = pl.when(value < test).then(pl.lit("validation")).otherwise(pl.lit("test"))
    return pl.when(value < validation).then(pl.lit("train")).otherwise(later)


def unit(settings: SplitByTime | SplitByHash) -> pl.Expr:
    """Return the unit of each row: its day, or its group."""
    column = pl.col(settings.column)
    return (column.cast(pl.Date) if isinstance(settings, SplitByTime) else column).alias(UNIT)


def describe(rows: pl.LazyFrame, time: str | None) -> dict[str, Any]:
    """Return the number of `rows`, their mean target, and, if they have a time, the days."""
    known = {"first": pl.col(time).min(), "last": pl.col(time).max()} if time else {}
    return (
        rows.select(
            pl.len().alias("rows"),
            pl.col(TARGET).mean().round(6).alias("mean_target"),
            **{name: day.dt.strftime("%Y-%m-%d") for name, day in known.items()},
        )
        .collect()
        .row(0, named=True)
    )


def main(
    project: Project, features: Path, train: Path, validation: Path, test: Path, report: Path
) -> None:
    """Write the three parts of `features` and a `report` of them; refuse an empty part."""
    settings = params.load(project.params).split
    parts = split(scan_table(features).with_columns(unit(settings)), settings)
    described = {name: describe(rows, project.row.time) for name, rows in parts.items()}
    for name, part in described.items():
        if not part["rows"]:
            raise InputError(f"{features}: no row falls into {name}: change split in params.yaml")
    for rows, path in zip(parts.values(), (train, validation, test), strict=True):
        write_table(rows, path)
    write_json(described, report)
