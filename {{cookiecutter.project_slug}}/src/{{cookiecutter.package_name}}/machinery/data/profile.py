"""The profile of a table, month by month: how many rows, what is missing, and how values lie."""

from typing import Any

import numpy as np
import polars as pl

from .table import ALWAYS, Table

FEW = 30  # values: a column of text with more has no shares
WHOLE = "all"  # the only month of a table without time
DIGITS = 5
FEWEST = 10  # days, without which a peak may be chance
CLEAR, FIRM = 0.2, 3.5  # a daily peak: its height in deviations, and in errors between days

Profile = dict[str, Any]


def profile(rows: pl.DataFrame, table: Table) -> dict[str, Profile]:
    """Return for each month its rows and the days that have some, and what describes each column.

    That is `missing`, a share; `mean`, `sd`, `low` and `high` of a number, and the hour of its
    daily `peak` if it clearly has one; the mean `hour` of a moment; and the `values` of a text of
    few values, with their shares. A number in the key counts upwards, so nothing describes it.
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
            "columns": {each: _column(part[each]) | _peak(part, each, time) for each in described},
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


def _peak(rows: pl.DataFrame, name: str, time: str | None) -> Profile:
    """Return the hour of the highest daily value: where the first harmonic of 24 hours has it.

    A table whose moments are in another time zone has it at another hour, also if its rows are
    spread evenly over the day, as hourly measurements are. The error is that between days.
    """
    if time is None or not isinstance(rows.schema[time], pl.Datetime):
        return {}
    if name == time or not rows.schema[name].is_numeric():
        return {}
    known = rows.select(
        value=pl.col(name).cast(pl.Float64).fill_nan(None),
        turn=pl.col(time).dt.time().cast(pl.Int64) / 86_400e9,  # of the day, from nanoseconds
        day=pl.col(time).dt.date().rank("dense"),
    ).drop_nulls()
    value, day = known["value"].to_numpy(), known["day"].to_numpy()
    if not len(value) or not value.std():
        return {}
    wave = np.exp(2j * np.pi * known["turn"].to_numpy())
    parts = (value - value.mean()) * (wave - wave.mean())
    days = np.bincount(day, parts.real) + 1j * np.bincount(day, parts.imag)
    total, days = days.sum(), days[np.unique(day)]
    error = np.sqrt((np.abs(days - days.mean()) ** 2).sum())
    height = 2 * abs(total) / len(value) / value.std()
    if len(days) < FEWEST or height < CLEAR or abs(total) < FIRM * error:
        return {}
    return {"peak": round(float(np.angle(total) / (2 * np.pi) * 24 % 24), 1)}


def _short(value: Any) -> float:
    """Return a number without the digits that depend on the order of a sum."""
    return float(f"{value or 0.0:.6g}")
