"""Judges the candidate. A placeholder that accepts: the gate itself is written elsewhere."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .artifact import load


class Verdict(BaseModel):
    """What the gate says of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str  # the manifest's SHA-256
    verdict: Literal["accepted", "dev only", "refused"]
    champion: str | None  # the version it was compared with
    criteria: list[Any]

    def table(self) -> str:
        """Return the criteria for people to read."""
        return "\n".join([*map(str, self.criteria), f"verdict: {self.verdict}"])


def examine(champion: Path | None) -> Verdict:
    """Return the verdict on models/candidate, compared with the champion where there is one."""
    return Verdict(
        model=load(Path("models/candidate")).manifest.sha256,
        verdict="accepted",
        champion=champion.resolve().name if champion else None,
        criteria=[],
    )
