"""The gate's verdict on a model, as in reports/gate.json."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError

WIDTH = 100
HANGING: dict[str, Any] = {"subsequent_indent": " " * 8, "break_on_hyphens": False}


Says = Literal["accepted", "held", "dev only", "refused"]


@dataclass(frozen=True)
class Criterion:
    """A criterion with its limit, what was found, whether it passed, and why it matters.

    A miss refuses the model; of a criterion that `holds`, a person may accept it with a reason.
    """

    name: str
    limit: str
    value: str
    passed: bool
    why: str
    holds: bool = False

    @property
    def mark(self) -> str:
        """Say in one word what the criterion does to the model."""
        return "pass" if self.passed else "HOLD" if self.holds else "REFUSE"


class Verdict(BaseModel):
    """The gate's verdict on a model, and why.

    A model that is `held` can be released only by a person who gives a reason, which the release's
    tag keeps.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str  # sha256 of its manifest
    verdict: Says
    champion: str | None  # the version that it was compared with
    criteria: list[Criterion]

    @property
    def refused_by(self) -> list[str]:
        """Return the names of the criteria that refuse the model."""
        return [each.name for each in self.criteria if not each.passed and not each.holds]

    @property
    def held_by(self) -> list[str]:
        """Return the names of the criteria that hold the model until a person accepts it."""
        return [each.name for each in self.criteria if not each.passed and each.holds]

    @property
    def comparison(self) -> str:
        """Name the champion that the model was compared with."""
        return f"compared with {self.champion or 'no champion'}"

    def table(self) -> str:
        """Return the verdict as a Markdown table, refused criteria first, then those that hold."""
        rows = sorted(self.criteria, key=lambda criterion: (criterion.passed, criterion.holds))
        return "\n".join(
            [
                f"**{self.verdict}**: model {self.model[:12]}, {self.comparison}",
                "",
                "| criterion | limit | value | result | why |",
                "|---|---|---|---|---|",
                *(
                    f"| {row.name} | {row.limit} | {row.value} | {row.mark} | {row.why} |"
                    for row in rows
                ),
            ]
        )

    def lines(self) -> str:
        """Return the verdict for a terminal of WIDTH columns, refused criteria first."""
        rows = sorted(self.criteria, key=lambda criterion: (criterion.passed, criterion.holds))
        said = [f"{self.verdict}: model {self.model[:12]}, {self.comparison}"]
        for row in rows:
            text = f"{row.mark:<7} {row.name}: {row.value}; required: {row.limit}"
            said.append(fill(text if row.passed else f"{text}: {row.why}", WIDTH, **HANGING))
        return "\n".join(said)


def parse(text: str | None, source: str) -> Verdict:
    """Return the verdict in the text of a gate.json; raise InputError that names its `source`."""
    if text is None:
        raise InputError(f"{source} does not exist: `make repro`, then commit")
    try:
        return Verdict.model_validate_json(text)
    except ValidationError:
        raise InputError(f"{source} is not a verdict: `make repro`, then commit") from None
