"""The types of columns that were read as text: a type counts where every value has it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from ..errors import InputError
from .reading import Reading

HEAD = 1000  # rows that rule out most types before all rows are asked
WHOLE = r"^[+-]?(0|[1-9]\d*)$"  # 007 is a name, not a number
MARKS = {".": "point", ",": "comma"}  # the decimal mark, and what it makes of a column
OTHER = {".": "comma", ",": "point"}
FRACTION = {
    mark: r"^[+-]?((0|[1-9]\d{0,14})([MARK]\d*)?|[MARK]\d+)([eE][+-]?\d+)?$".replace("MARK", mark)
    for mark in MARKS
}
# Or a number with three decimals: nobody can tell, except a point where commas separate.
THOUSANDS = {mark: r"^[+-]?[1-9]\d{0,2}[MARK]\d{3}$".replace("MARK", mark) for mark in MARKS}
DEFAULT = {",": "."}
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d")
TIMES = ("", " %H:%M", " %H:%M:%S%.f", " %H:%M:%S%.f%#z")
ISO = tuple(DAYS[0] + time for time in TIMES)
KNOWN = tuple(day + time for day in DAYS for time in TIMES)
DIGITS = {
    **{"%Y": r"\d{4}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%H": r"\d{1,2}", "%M": r"\d{2}"},
    **{"%S": r"\d{2}", "%.f": r"(\.\d{1,6})?", "%#z": r"([+-]\d{2}(:?\d{2})?)", ".": r"\."},
}


@dataclass(frozen=True)
class Candidate:
    """A type, and the values of a column in it, null where they do not have it."""

    kind: str  # whole, point, comma, truth or the format of a date
    values: pl.Expr


Possible: TypeAlias = dict[str, list[Candidate]]


def text_of(name: str) -> pl.Expr:
    """Return the column `name` without blanks at its ends."""
    return pl.col(name).str.strip_chars()


def candidates(name: str, reading: Reading) -> Iterator[Candidate]:
    """Yield each type that the column `name` may have, the narrowest first."""
    text = text_of(name)
    truth = text.str.to_lowercase().replace_strict(
        ["true", "false"], [True, False], default=None, return_dtype=pl.Boolean
    )
    yield Candidate("truth", truth)
    whole = pl.when(text.str.contains(WHOLE)).then(text).cast(pl.Int64, strict=False)
    yield Candidate("whole", whole)
    for mark, kind in MARKS.items():
        if reading.decimal in ("", mark):
            fits = text.str.contains(FRACTION[mark])
            number = pl.when(fits).then(text.str.replace(mark, ".", literal=True))
            yield Candidate(kind, number.cast(pl.Float64, strict=False))
    for each in dict.fromkeys([*reading.date_formats, *KNOWN]):
        yield Candidate(each, _time(text, each))


def _time(text: pl.Expr, pattern: str) -> pl.Expr:
    if pattern in KNOWN:  # Polars would take 1.2.26 for a day of the year 26
        shape = re.sub("|".join(map(re.escape, DIGITS)), lambda part: DIGITS[part[0]], pattern)
        spaced = text.str.replace("T", " ", literal=True).str.replace("Z$", "+00:00")
        text = pl.when(spaced.str.contains(f"^{shape}$")).then(spaced)
    if re.search("%[HIMSTRcsX]", pattern):
        return text.str.to_datetime(pattern, time_unit="us", strict=False)
    return text.str.to_date(pattern, strict=False)


def typed(texts: pl.LazyFrame, reading: Reading) -> tuple[pl.LazyFrame, Reading]:
    """Return `texts` in the types that all values have, and `reading` with what that decided.

    Raises InputError where two readings of a number or a date fit and differ.
    """
    possible = {name: list(candidates(name, reading)) for name in texts.collect_schema().names()}
    filled = _filled(texts)
    possible = _holding(texts.head(HEAD), possible)  # cheap, and leaves few
    possible = _holding(texts, possible)
    possible = {name: left if name in filled else [] for name, left in possible.items()}
    mark = reading.decimal or _mark(texts, possible, reading.separator)
    formats, chosen = list(reading.date_formats), []
    for name, left in possible.items():
        fitting = [each for each in left if each.kind != OTHER.get(mark)]
        dates = [each.kind for each in fitting if "%" in each.kind]
        if len(dates) > 1 and dates[0] not in formats:
            raise InputError(
                f"the dates of the column {name} may be {' or '.join(dates)}: say which it is"
                " with --date-format"
            )
        if fitting:
            chosen.append(fitting[0].values.alias(name))
            if dates and dates[0] not in (*ISO, *formats):
                formats.append(dates[0])
    decided = Reading(decimal=mark, date_formats=tuple(formats))
    return texts.with_columns(chosen), decided.over(reading)


def _holding(texts: pl.LazyFrame, possible: Possible) -> Possible:
    """Return the types that all values of each column have."""
    asked = {
        f"{name} {each.kind}": (each.values.is_not_null() | pl.col(name).is_null()).all()
        for name, left in possible.items()
        for each in left
    }
    held = texts.select(**asked).collect().row(0, named=True) if asked else {}
    return {
        name: [each for each in left if held[f"{name} {each.kind}"]]
        for name, left in possible.items()
    }


def _filled(texts: pl.LazyFrame) -> set[str]:
    """Return the columns that have a value."""
    empty = texts.select(pl.all().is_null().all()).collect().row(0, named=True)
    return {name for name, no_value in empty.items() if not no_value}


def _mark(texts: pl.LazyFrame, possible: Possible, separator: str) -> str:
    """Return the decimal mark that the columns need; raise InputError when that is not clear."""
    needs = {
        mark: [name for name, left in possible.items() if left and left[0].kind == kind]
        for mark, kind in MARKS.items()
    }
    if all(needs.values()):
        both = f"{needs['.'][0]} a decimal point, {needs[','][0]} a decimal comma"
        raise InputError(f"{both}: say which one counts with --decimal; the other is text")
    for mark, names in needs.items():
        if not names:
            continue
        grouped = [text_of(name).str.contains(THOUSANDS[mark]).all() for name in names]
        if mark != DEFAULT.get(separator) and all(texts.select(grouped).collect().row(0)):
            raise InputError(
                f"{names[0]}: its numbers have decimals or thousands after {mark!r}: say --decimal"
            )
        return mark
    return ""
