"""Writes the rows of units without an outcome to the database, where the service finds them."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import polars.selectors as cs

from ...data.border import counts, separate
from ...data.table import KEY
from ...database import is_url, name, parse, reported
from ...errors import InputError
from ...project import Project
from ..log.record import as_text
from ..log.tables import open_tables
from ..log.upcoming_rows import forget, write
from .quarantine import write_quarantine
from .raw_tables import raw_tables
from .run import locked
from .target import Places


def write_upcoming(
    project: Project,
    database: str,
    *,
    tables: Path,
    keep_days: float,
    max_bad_share: float,
    reports: Path,
) -> str:
    """Write the rows to `database`, all or none, and return a sentence about them.

    Raises InputError when more than `max_bad_share` of the rows break a rule.
    """
    if not is_url(database):
        raise InputError(f"{database} is not a database: give its URL, as sqlite:///{database}")
    url, written = parse(database), datetime.now(UTC)
    raw, places = raw_tables(project, tables, upcoming=True), Places(reports, "rows")
    engine = open_tables(url)
    with locked(places.lock):
        made = raw.rows(places).with_columns(cs.float().fill_nan(None))
        aside = sum(known["quarantined"] for _, known in raw.quarantined(places))
        good, bad = separate(made, project.row)
        write_quarantine(bad.cast(pl.String), places.quarantine)
        if bad.height > max_bad_share * made.height:
            raise InputError(
                f"{bad.height} of {made.height} rows break a rule, more than --max-bad-share"
                f" {max_bad_share} allows: {counts(bad)}; see {places.quarantine}"
            )
        with reported(url), engine.begin() as connection:
            write(connection, good.select(unit=KEY, inputs=as_text(good)), written)
            removed = forget(connection, keep_days)
    return (
        f"{good.height} rows written, {removed} old ones removed, {bad.height} rows and {aside}"
        f" raw rows in quarantine: {name(url)}"
    )
