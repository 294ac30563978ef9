"""Rows that are made from a folder of raw tables, as the pipeline makes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

import polars as pl

from ... import params
from ...data.rows import from_folder, rows
from ...data.rows import upcoming as without_outcome
from ...errors import InputError
from ...files import scan_table
from ...params import Params
from ...project import Project
from . import source
from .file_source import digest
from .source import Chunks, Source, no_unfit, refuse_empty
from .target import Places


@dataclass(frozen=True)
class RawTables:
    """The raw tables of a project in a folder, one Parquet file each."""

    project: Project
    folder: Path
    settings: Params
    sha256: str  # of the files and the parameters that decide the rows
    upcoming: bool  # only rows without an outcome

    @property
    def name(self) -> str:
        """Return its name for a user."""
        return str(self.folder)

    def source(self, places: Places) -> Source:
        """Return the source of rows; raw rows that break a rule go to the quarantine in `places`.

        The rows are made in memory when they are read, as in the pipeline.
        """
        details: dict[str, dict[str, dict[str, Any]]] = {"tables": {}}

        def read() -> Chunks:
            made = self.rows(places)
            details["tables"].update(self.quarantined(places))
            what = f"{self.name}, where no outcome is known," if self.upcoming else self.name
            refuse_empty(what, empty=made.is_empty())
            none = no_unfit(self.project.row)
            yield from ((chunk, none) for chunk in made.iter_slices(source.CHUNK))

        return Source(self.name, self.sha256, None, read, details)

    def rows(self, places: Places) -> pl.DataFrame:
        """Make and return the rows: the columns of ROW."""
        make = without_outcome if self.upcoming else rows
        aside = places.quarantine_of
        made = from_folder(self.project, self.folder, aside, self.settings, make=make)
        return made.select(list(self.project.row.columns))

    def quarantined(self, places: Places) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the quarantine of each table that has bad rows, and remove the empty ones."""
        for table in self.project.tables:
            path = places.quarantine_of(table.name)
            bad = scan_table(path).select(pl.len()).collect().item()
            if bad:
                yield table.name, {"quarantined": bad, "quarantine": str(path)}
            else:
                path.unlink()


def raw_tables(project: Project, folder: Path, *, upcoming: bool) -> RawTables:
    """Open `folder`; raise InputError unless it has each table, and params.yaml is here."""
    settings = params.load(project.params)
    files = [folder / f"{table.name}.parquet" for table in project.tables]
    if missing := [path.name for path in files if not path.is_file()]:
        raise InputError(
            f"{folder} lacks {', '.join(missing)}: --tables needs one Parquet file for each table"
        )
    decisive = settings.model_dump_json(include={"rows", "clean"})
    known = sha256_of((digest(files) + decisive + "upcoming" * upcoming).encode()).hexdigest()
    return RawTables(project, folder, settings, known, upcoming)
