"""The types that a column may have, and how values of other types become one of them."""

from collections.abc import Iterable

import polars as pl

KINDS: tuple[pl.DataType, ...] = (
    pl.String(),
    pl.Boolean(),
    pl.Int8(),
    pl.Int16(),
    pl.Int32(),
    pl.Int64(),
    pl.Float64(),
    pl.Datetime("us"),
)
TIME = "%Y-%m-%d %H:%M:%S%.f%#z"
OFFSET = r"[+-]\d{2}(:?\d{2})?$"
TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def listed(kinds: Iterable[object] = KINDS) -> str:
    """Return the names of `kinds`, as a schema writes them."""
    return ", ".join("Datetime('us')" if kind == pl.Datetime("us") else str(kind) for kind in kinds)


def fits(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Return whether values of the type `found` can be `wanted` without a loss."""
    if found in (wanted, pl.Null):
        return True
    if wanted == pl.String:
        return found in (pl.Categorical, pl.Enum) or found.is_integer()
    if wanted.is_temporal():
        return found in (pl.Date, pl.Datetime)
    return found.is_numeric() or found == pl.Boolean


def converted(name: str, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """Return the column `name` as `wanted`: null where a value would lose something.

    A text is read: a time without a zone is in UTC, a whole number may have a decimal point.
    """
    column = pl.col(name)
    if found == wanted:
        return column
    if found == pl.String:
        return _read(column, wanted)
    if found == pl.Null or not fits(found, wanted):  # without values, as the doors have checked
        return pl.lit(None, wanted).alias(name)
    if wanted == pl.String:
        return column.cast(wanted)
    if isinstance(found, pl.Datetime) and found.time_zone:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        found = pl.Datetime(found.time_unit)
    made = column.cast(wanted, strict=False)
    return pl.when(made.cast(found, strict=False) == column).then(made)


def _read(text: pl.Expr, wanted: pl.DataType) -> pl.Expr:
    if wanted.is_integer():
        number = text.cast(pl.Float64, strict=False)  # 149.0, as pandas writes it next to a gap
        whole = pl.when(number == number.round()).then(number)
        return text.cast(wanted, strict=False).fill_null(whole.cast(wanted, strict=False))
    if wanted == pl.Boolean:
        lower = text.str.to_lowercase()
        return lower.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
    if wanted.is_temporal():
        spaced = text.str.replace("T", " ", literal=True).str.replace("Z$", "+00:00")
        day = spaced.str.contains(r"^\d{4}-\d{2}-\d{2}$")
        full = pl.when(day).then(spaced + " 00:00:00").otherwise(spaced)
        zoned = pl.when(full.str.contains(OFFSET)).then(full).otherwise(full + "+00:00")
        return zoned.str.to_datetime(TIME, time_unit="us", strict=False).dt.replace_time_zone(None)
    return text.cast(wanted, strict=False)
