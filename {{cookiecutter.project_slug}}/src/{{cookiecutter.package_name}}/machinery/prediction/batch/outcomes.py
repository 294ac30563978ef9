"""Outcomes: what really happened. They come late and may be corrected; the last one counts."""

from datetime import UTC, datetime

import pandera.polars as pa
import polars as pl
import polars.selectors as cs
from sqlalchemy.engine import URL

from ...data.border import counts, separate
from ...data.table import KEY, TARGET, Row, Table, types
from ...database import reported
from ...errors import InputError
from ..log.tables import open_tables, record_outcomes
from .source import Source


def expected(row: Row, task: str) -> Table:
    """Return the table that is read: the key of a predicted row, and its outcome."""
    kind = pl.String if task == "multiclass" else pl.Float64
    outcome = pa.Column(kind, description="what the model predicts, as it happened")
    return Table(name="outcomes", key=(KEY,), columns={KEY: row.columns[KEY], TARGET: outcome})


def number_of(wanted: Table) -> bool:
    """Return whether an outcome is a number, not the name of a class."""
    return bool(types(wanted)[TARGET] == pl.Float64)


def outcomes(source: Source, url: URL, wanted: Table) -> int:
    """Record all rows of `source` in the database at `url`, or none; return their number.

    Recording them again changes nothing; a corrected outcome replaces the old one. Raises
    InputError when a row has no key or no outcome.
    """
    number = 0
    with reported(url), open_tables(url).begin() as connection:
        for rows, unfit in source.chunks():
            good, broken = separate(rows.with_columns(cs.float().fill_nan(None)), wanted)
            bad = pl.concat([unfit, broken.cast(pl.String)])
            if not bad.is_empty():
                raise InputError(
                    f"{source.name}: {bad.height} rows break a rule: {counts(bad)}; the first has"
                    f" the key {bad[KEY][0]!r}: correct or remove them, nothing was recorded"
                )
            recorded = good.unique(KEY, keep="last", maintain_order=True).select(
                unit=KEY,
                outcome=pl.col(TARGET) if number_of(wanted) else pl.lit(None, pl.Float64),
                label=pl.lit(None, pl.String) if number_of(wanted) else pl.col(TARGET),
                time=pl.lit(datetime.now(UTC)),
            )
            record_outcomes(connection, recorded)
            number += good.height
    return number
