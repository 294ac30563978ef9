"""The rows of a run that break a rule, appended to a CSV file chunk by chunk."""

import os
from pathlib import Path

import polars as pl


class Quarantine:
    """A CSV file that holds the bad rows of the chunks that were written."""

    def __init__(self, path: Path, size: int) -> None:
        """Keep the first `size` bytes: the rest belongs to a chunk that was never written."""
        self.path = path
        if size and path.exists():
            os.truncate(path, min(size, path.stat().st_size))
        else:
            path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return self.path.stat().st_size if self.path.exists() else 0

    def append(self, bad: pl.DataFrame) -> None:
        """Append the rows `bad`, which have the column `rule`."""
        if not bad.is_empty():
            with self.path.open("ab") as file:
                bad.write_csv(file, include_header=not file.tell())
