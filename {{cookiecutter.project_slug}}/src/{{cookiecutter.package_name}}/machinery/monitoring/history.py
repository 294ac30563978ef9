"""Keeps the history of the pipeline in the database of the log, where CI's runs meet."""

from collections.abc import Sequence

from ..database import parse, reported
from ..prediction.log import stage_runs
from ..prediction.log.tables import open_tables
from ..runs import Run


def kept(log_url: str, history: Sequence[Run]) -> list[Run]:
    """Add a history to the database, and return all that is there."""
    url = parse(log_url)
    with reported(url), open_tables(url).begin() as connection:
        stage_runs.write(connection, history)
        return stage_runs.read(connection)
