"""The rows that break a rule: kept as text with the answers, and in the end as a CSV file."""

from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import polars as pl

from ...files import atomic_write


def as_text(bad: pl.DataFrame) -> str:
    """Return the rows `bad`, which have the column RULE, as CSV that a database can hold."""
    return bad.write_csv().replace("\0", "\N{REPLACEMENT CHARACTER}")


def from_texts(texts: Iterable[str]) -> pl.DataFrame:
    """Return the rows of several texts; none without a text."""
    tables = [pl.read_csv(StringIO(text), infer_schema=False) for text in texts]
    return pl.concat(tables) if tables else pl.DataFrame()


def write_quarantine(bad: pl.DataFrame, path: Path) -> None:
    """Write the rows `bad` to the CSV file at `path`; no rows, no file."""
    if bad.is_empty():
        path.unlink(missing_ok=True)
    else:
        with atomic_write(path) as part:
            bad.write_csv(part)
