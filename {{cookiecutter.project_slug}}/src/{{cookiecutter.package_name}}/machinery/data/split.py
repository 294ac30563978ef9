"""Splits rows by time, by group, or by both: train, validation, and the test part to evaluate."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from .. import params
from ..errors import InputError
from ..files import scan_table, write_json, write_table
from ..params import Split
from ..project import Project
from .table import KEY, KNOWN, TARGET, UNIT, Row, summary

PARTS = ("train", "validation", "test")
LATE, SHARED = "label_known_later", "group_in_later_part"  # why a row is left out


def split(rows: pl.DataFrame, settings: Split, *, time: str | None) -> pl.DataFrame:
    """Return the `part` of each row, its `unit`, and why it is `left_out`, null if it is not."""
    return by_share(rows, settings) if settings.by_share else by_time(rows, settings, str(time))


def by_time(rows: pl.DataFrame, settings: Split, time: str) -> pl.DataFrame:
    """Split at midnight, at the settings' distances from the day of the newest row.

    The newest row moves both days on, so that the model learns each new month in its turn. A row
    leaves its part when its label was not yet known at the start of the next part, or when its
    group is also in a later part.
    """
    newest = pl.col(time).cast(pl.Datetime("us")).max().dt.truncate("1d")
    test = newest.dt.offset_by(_before(settings.test))
    validation = test.dt.offset_by(_before(settings.validation))
    moment = pl.col(time).cast(pl.Datetime("us"))
    known = pl.col(KNOWN) if KNOWN in rows.columns else pl.lit(None, dtype=pl.Datetime("us"))
    found = rows.select(
        number=(moment >= validation).cast(pl.Int8) + (moment >= test).cast(pl.Int8),
        unit=pl.col(settings.group) if settings.group else moment.dt.date(),
        late=((moment < validation) & (known > validation)) | ((moment < test) & (known > test)),
    )
    late, number = pl.col("late").fill_null(value=False), pl.col("number")
    latest = number.filter(~late).max().over(UNIT) if settings.group else number
    return found.select(
        number.replace_strict([0, 1, 2], PARTS).alias("part"),
        UNIT,
        pl.when(late)
        .then(pl.lit(LATE))
        .when(number < latest)
        .then(pl.lit(SHARED))
        .alias("left_out"),
    )


def _before(length: str | float) -> str:
    """Return a distance such as 3 months as Polars writes it: -3mo."""
    number, unit = str(length).split()
    return f"-{number}{'mo' if unit.startswith('month') else unit[0]}"


def by_share(rows: pl.DataFrame, settings: Split) -> pl.DataFrame:
    """Split by the hash of each group, as a number between 0 and 1.

    A group keeps its part when others come and go. BLAKE2b, because Polars' own hash may change
    with its version and would move groups.
    """
    group = rows[str(settings.group)]
    place = key_hashes(group) / 2**64
    test = 1 - float(settings.test)
    number = (place >= test - float(settings.validation)).astype(int) + (place >= test)
    found = pl.DataFrame({"part": np.array(PARTS)[number], UNIT: group})
    return found.with_columns(left_out=pl.lit(None, dtype=pl.String))


def key_hashes(keys: pl.Series) -> npt.NDArray[np.uint64]:
    """Return the 64-bit hash of each key, read as text."""
    digests = (
        blake2b((key or "").encode(), digest_size=8).digest() for key in keys.cast(pl.String)
    )
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def refuse_missing(rows: pl.DataFrame, row: Row, settings: Split) -> None:
    """Raise InputError unless ROW has what `settings` split by, and each of the `rows` has it."""
    if settings.group and settings.group not in row.columns:
        raise InputError(
            f"params.yaml: split.group is {settings.group!r}, which is not a column of ROW in"
            f" data/schema.py: name one of {', '.join(row.columns)}"
        )
    if not (settings.by_share or row.time):
        raise InputError(
            f"params.yaml: split.test is {settings.test}, but ROW in data/schema.py names no time:"
            " name it, or split by group: split.group, and shares such as 0.25"
        )
    for name in filter(None, (settings.group, None if settings.by_share else row.time)):
        if missing := rows[name].null_count():
            raise InputError(
                f"data/rows.py: rows() made {missing} rows without {name}, which split"
                " goes by: give it to each row, or leave the row out"
            )


def describe(found: pl.DataFrame, *, target: pl.Series, time: pl.Series | None) -> dict[str, Any]:
    """Return for each part its rows, units, mean target and days, and how many left it and why."""
    kept = pl.col("left_out").is_null()
    day = pl.col("time").cast(pl.Date).cast(pl.String).filter(kept)
    lost = [(pl.col("left_out") == why).sum().alias(why) for why in (LATE, SHARED)]
    columns = {
        "rows": kept.sum(),
        "units": pl.col(UNIT).filter(kept).n_unique(),
        **({} if time is None else {"first": day.min(), "last": day.max()}),
        "left_out": pl.struct(lost),
    }
    table = found.with_columns(target=target, time=time)
    parts = {part: table.filter(pl.col("part") == part) for part in PARTS}
    return {
        part: rows.select(**columns).row(0, named=True) | summary(rows.filter(kept)["target"])
        for part, rows in parts.items()
    }


def refuse_empty(described: dict[str, Any], settings: Split) -> None:
    """Raise InputError when a part has no row, and say whether it never had one."""
    for name, part in described.items():
        late, shared = (part["left_out"][reason] for reason in (LATE, SHARED))
        if not part["rows"]:
            lost = (
                f"params.yaml: split leaves no row in {name}: it takes {settings.test} for test and"
                f" {settings.validation} for validation; "
            )
            if late or shared:
                raise InputError(
                    f"{lost}all rows of {name} left it, {late} because their label was not yet"
                    f" known when the next part begins, and {shared} because their group is in a"
                    " later part: choose others"
                )
            raise InputError(f"{lost}choose others, or bring more rows")


def main(
    project: Project,
    rows: Path,
    features: Path,
    train: Path,
    validation: Path,
    test: Path,
    report: Path,
) -> None:
    """Write the three parts of `features` and a `report` of them; refuse an empty part.

    What they are split by is in `rows`: a group need not be a feature.
    """
    settings, time = params.load(project.params).split, project.row.time
    table, made = scan_table(rows).collect(), scan_table(features).collect()
    if not made[KEY].equals(table[KEY]):
        raise InputError(f"{features} is not of the rows in {rows}: run `make repro`")
    refuse_missing(table, project.row, settings)
    found = split(table, settings, time=time)
    described = describe(found, target=table[TARGET], time=table[time] if time else None)
    refuse_empty(described, settings)
    for name, path in zip(PARTS, (train, validation, test), strict=True):
        kept = (found["part"] == name) & found["left_out"].is_null()
        write_table(made.with_columns(found[UNIT]).filter(kept), path)
    write_json(described, report)
