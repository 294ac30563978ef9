"""Verdicts of the monitor, each on one thing, and their rows in the database."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ..prediction.log.verdicts import ALARM, OK, UNKNOWN

__all__ = ["ALARM", "OK", "UNKNOWN", "Verdict", "worst"]

DRIFT, SCORES, ACCURACY = "drift", "score drift", "accuracy"


@dataclass(frozen=True)
class Verdict:
    """One row of `verdicts`, without its time; unknown means that there is not enough data."""

    name: str
    model_version: str
    arm: str
    value: float | None
    status: str
    sentence: str

    def row(self) -> dict[str, object]:
        """Return the row."""
        return asdict(self)


def worst(verdicts: Sequence[Verdict]) -> str:
    """Return the worst status: an alarm, else ok, else unknown."""
    found = {each.status for each in verdicts}
    return next((each for each in (ALARM, OK) if each in found), UNKNOWN)
