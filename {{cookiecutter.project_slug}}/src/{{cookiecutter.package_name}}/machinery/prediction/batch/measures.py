"""Named measures: what else happened to a unit and when, such as what a customer bought."""

from datetime import UTC, datetime

import pandera.polars as pa
import polars as pl
import polars.selectors as cs
from sqlalchemy.engine import URL

from ...data.border import counts, separate
from ...data.table import Table
from ...database import reported
from ...errors import InputError
from ..log.measures import record
from ..log.tables import open_tables
from .source import Source

RESERVED = ("error", "outcome")  # what the log itself measures

COLUMNS = {
    "unit": pa.Column(pl.String, description="a row's key, or a value of assign_by"),
    "time": pa.Column(pl.Datetime("us"), description="when it happened, UTC"),
    "value": pa.Column(pl.Float64, description="what was measured"),
}
WANTED = Table(name="measures", key=("unit", "time"), columns=COLUMNS)


def measures(source: Source, url: URL, name: str) -> int:
    """Record all rows of `source` as the measure `name`, or none; return their number.

    Recording them again changes nothing; a corrected value replaces the old one. Raises InputError
    when a row lacks something or happened in the future.
    """
    if name in RESERVED:
        raise InputError(f"{name} is what the log itself measures: give another name than that")
    number, now = 0, datetime.now(UTC)
    with reported(url), open_tables(url).begin() as connection:
        for rows, unfit in source.chunks():
            good, broken = separate(rows.with_columns(cs.float().fill_nan(None)), WANTED)
            bad = pl.concat([unfit, broken.cast(pl.String)])
            if not bad.is_empty():
                raise InputError(
                    f"{source.name}: {bad.height} rows break a rule: {counts(bad)}; the first has"
                    f" the unit {bad['unit'][0]!r}: correct or remove them, nothing was recorded"
                )
            zoned = good.with_columns(pl.col("time").dt.replace_time_zone("UTC"))
            if not (early := zoned.filter(pl.col("time") > now)).is_empty():
                raise InputError(
                    f"{source.name}: {early.height} rows happened in the future; the first has the"
                    f" unit {early['unit'][0]!r}: give times in UTC, nothing was recorded"
                )
            last = zoned.unique(["unit", "time"], keep="last", maintain_order=True)
            record(connection, last.with_columns(name=pl.lit(name)))
            number += good.height
    return number
