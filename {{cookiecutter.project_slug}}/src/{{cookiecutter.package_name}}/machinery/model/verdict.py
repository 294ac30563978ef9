"""The gate's verdict on a model, as in reports/gate.json."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError


@dataclass(frozen=True)
class Criterion:
    """A criterion with its limit, what was found, whether it passed, and why it matters."""

    name: str
    limit: str
    value: str
    passed: bool
    why: str


class Verdict(BaseModel):
    """The gate's verdict on a model, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str  # sha256 of its manifest
    verdict: Literal["accepted", "dev only", "refused"]
    champion: str | None  # the version that it was compared with
    criteria: list[Criterion]

    @property
    def comparison(self) -> str:
        """Name the champion that the model was compared with."""
        return f"compared with {self.champion or 'no champion'}"

    def table(self) -> str:
        """Return the verdict as a Markdown table, refused criteria first."""
        rows = sorted(self.criteria, key=lambda criterion: criterion.passed)
        return "\n".join(
            [
                f"**{self.verdict}**: model {self.model[:12]}, {self.comparison}",
                "",
                "| criterion | limit | value | | why |",
                "|---|---|---|---|---|",
                *(
                    f"| {row.name} | {row.limit} | {row.value} |"
                    f" {'pass' if row.passed else 'REFUSE'} | {row.why} |"
                    for row in rows
                ),
            ]
        )


def parse(text: str | None, source: str) -> Verdict:
    """Return the verdict in the text of a gate.json; raise InputError that names its `source`."""
    if text is None:
        raise InputError(f"{source} does not exist: `make repro`, then commit")
    try:
        return Verdict.model_validate_json(text)
    except ValidationError:
        raise InputError(f"{source} is not a verdict: `make repro`, then commit") from None
