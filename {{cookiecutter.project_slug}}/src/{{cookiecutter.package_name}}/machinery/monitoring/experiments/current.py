"""The experiments of a rollout as the log holds them, for the monitor."""

from datetime import datetime

import polars as pl
import sqlalchemy as sa

from ...errors import InputError
from ...prediction.log import rollouts
from ...prediction.rollout import Rollout
from .reading import Reading, read
from .stages import COMPARED


def current(
    connection: sa.Connection, rollout: Rollout, *, until: datetime
) -> tuple[list[Reading], list[str]]:
    """Return each experiment that had units by `until`, in UTC, and why others cannot be read."""
    if rollout.experiment is None:
        return [], []
    began = rollouts.read(connection, rollout.salt).filter(pl.col("time") <= until)
    found, remarks = [], []
    for name, compared in COMPARED.items():
        if not (began[compared.new] > 0).any():
            continue
        try:
            found.append(read(connection, rollout, rollout.experiment, compare=name, until=until))
        except InputError as error:
            remarks.append(f"experiment {name}: {error}")
    return found, remarks
