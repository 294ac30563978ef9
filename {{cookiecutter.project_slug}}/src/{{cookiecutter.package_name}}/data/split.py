"""Splits by time, or by a hash: train, validation, and the sealed part for evaluation alone."""

from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from .. import params
from ..files import scan_table, write_json, write_table
from ..params import SplitByHash, SplitByTime
from ..stage import InputError, stage
from .schema import TARGET, TIME

PARTS = ("train", "validation", "sealed")


def split(rows: pl.LazyFrame, how: SplitByTime | SplitByHash) -> dict[str, pl.LazyFrame]:
    """Return the rows of each part, in the order of `rows`; no row is in two of them."""
    kind = rows.collect_schema().get(how.column)
    if kind is None or (isinstance(how, SplitByTime) and not kind.is_temporal()):
        wanted = "time" if kind else "column"
        raise InputError(f"params.yaml: split.column is {how.column!r}, which is no {wanted}")
    part = by_time(how) if isinstance(how, SplitByTime) else by_hash(how)
    return {name: rows.filter(part == name) for name in PARTS}


def by_time(how: SplitByTime) -> pl.Expr:
    """Return the part of each row by the day of its time."""
    if not how.validation_from < how.sealed_from:
        raise InputError(
            f"params.yaml: split.validation_from is {how.validation_from}, which is not before"
            f" split.sealed_from, {how.sealed_from}"
        )
    return _parts(pl.col(how.column), validation=how.validation_from, sealed=how.sealed_from)


def by_hash(how: SplitByHash) -> pl.Expr:
    """Return the part of each row by the place of its hash between 0 and 1.

    BLAKE2b, because Polars' own hash may change with its version and would move rows.
    """
    if how.validation_share + how.sealed_share >= 1:
        raise InputError("params.yaml: the shares of split leave nothing to train on")
    place = pl.col(how.column).map_batches(
        lambda keys: pl.Series(key_hashes(keys) / 2**64), return_dtype=pl.Float64
    )
    sealed = 1 - how.sealed_share
    return _parts(place, validation=sealed - how.validation_share, sealed=sealed)


def key_hashes(keys: pl.Series) -> npt.NDArray[np.uint64]:
    """Return the 64-bit hash of each key, read as text."""
    digests = (
        blake2b((key or "").encode(), digest_size=8).digest() for key in keys.cast(pl.String)
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def _parts(value: pl.Expr, *, validation: date | float, sealed: date | float) -> pl.Expr:
    later = pl.when(value < sealed).then(pl.lit("validation")).otherwise(pl.lit("sealed"))
    return pl.when(value < validation).then(pl.lit("train")).otherwise(later)


def describe(rows: pl.LazyFrame) -> dict[str, Any]:
    """Return the number of `rows`, their mean target, and, if they have a time, the days."""
    days = {"first": pl.col(TIME).min(), "last": pl.col(TIME).max()}
    known = days if TIME in rows.collect_schema() else {}
    return (
        rows.select(
            pl.len().alias("rows"),
            pl.col(TARGET).mean().round(6).alias("mean_target"),
            **{name: day.dt.strftime("%Y-%m-%d") for name, day in known.items()},
        )
        .collect()
        .row(0, named=True)
    )


def main(features: Path, train: Path, validation: Path, sealed: Path, report: Path) -> None:
    """Write the three parts of `features` and a `report` of them; refuse an empty part."""
    parts = split(scan_table(features), params.load().split)
    described = {name: describe(rows) for name, rows in parts.items()}
    for name, part in described.items():
        if not part["rows"]:
            raise InputError(f"{features}: no row falls into {name}: change split in params.yaml")
    for rows, path in zip(parts.values(), (train, validation, sealed), strict=True):
        write_table(rows, path)
    write_json(described, report)


if __name__ == "__main__":
    stage(main)
