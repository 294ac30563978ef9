"""The profile of a table, month by month: how many rows, what is missing, and how values lie."""

from typing import Any

import polars as pl

from .table import ALWAYS, Table

FEW = 30  # values: a column of text with more has no shares
WHOLE = "all"  # the only month of a table without time
DIGITS = 5

Profile = dict[str, Any]


def profile(rows: pl.DataFrame, table: Table) -> dict[str, Profile]:
    """Return for each month its rows and the days that have some, and what describes each column.

    That is `missing`, a share; `mean`, `sd`, `low` and `high` of a number; the mean `hour` of a
    moment; and the `values` of a text of few values, with their shares. A number in the key counts
    upwards, so nothing describes it.
    """
    described = [
        each for each in rows.columns if each not in table.key or not rows[each].dtype.is_numeric()
    ]
    time = moment(rows, table)
    month = rows[time].dt.strftime("%Y-%m") if time else pl.repeat(WHOLE, rows.height, eager=True)
    found = rows.with_columns(month.alias("__month__")).drop_nulls("__month__")
    return {
        str(name): {
            "rows": part.height,
            **({"days": part[time].dt.date().n_unique()} if time else {}),
            "columns": {each: _column(part[each]) for each in described},
        }
        for (name,), part in sorted(found.group_by("__month__"))
    }


def moment(rows: pl.DataFrame, table: Table) -> str | None:
    """Return the column by which the table has months: `known_at`, or the first complete moment."""
    times = [name for name, kind in rows.schema.items() if kind.is_temporal()]
    complete = [name for name in times if not rows[name].null_count()]
    named = [name for name in times if name == table.known_at != ALWAYS]
    return next(iter([*named, *complete]), None)


def _few(column: pl.Series) -> bool:
    return column.dtype in (pl.String, pl.Boolean) and column.n_unique() <= FEW


def _column(values: pl.Series) -> Profile:
    known = values.drop_nulls()
    found: Profile = {"missing": round(1 - len(known) / max(len(values), 1), DIGITS)}
    if not len(known):
        return found
    if _few(known):
        counts = known.cast(pl.String).value_counts(normalize=True, name="share", sort=False)
        shares_of = counts.sort(values.name).rows()
        return found | {"values": {name: round(share, DIGITS) for name, share in shares_of}}
    if known.dtype.is_numeric():
        number = known.cast(pl.Float64)
        described = {
            "mean": number.mean(),
            "sd": number.std(),
            "low": number.min(),
            "high": number.max(),
        }
        return found | {name: _short(value) for name, value in described.items()}
    if isinstance(known.dtype, pl.Datetime):
        found["hour"] = round(float(known.dt.hour().mean() or 0.0), 2)  # type: ignore[arg-type]
    return found


def _short(value: Any) -> float:
    """Return a number without the digits that depend on the order of a sum."""
    return float(f"{value or 0.0:.6g}")
