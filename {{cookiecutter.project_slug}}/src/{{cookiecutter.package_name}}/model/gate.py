"""The gate: a candidate that does not meet every criterion cannot be released."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from threadpoolctl import threadpool_limits

from .. import params
from ..files import scan_table, write_json, write_text
from ..stage import InputError, stage
from .artifact import load, training_keys
from .card import fits
from .criteria.case import Case, Criterion
from .criteria.quality import QUALITY
from .criteria.trust import TRUST, gain_share, single_feature

CANDIDATE, TRAIN, SEALED, EVALUATION = (
    Path("models/candidate"),
    Path("data/split/train.parquet"),
    Path("data/split/sealed.parquet"),
    Path("reports/evaluation.json"),
)


class Verdict(BaseModel):
    """What the gate said of a model, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str  # sha256 of its manifest
    verdict: Literal["accepted", "dev only", "refused"]
    champion: str | None  # the version that it was compared with
    criteria: list[Criterion]

    @property
    def comparison(self) -> str:
        """Say which champion the model was compared with."""
        return f"compared with {self.champion or 'no champion'}"

    def table(self) -> str:
        """Return the verdict as a Markdown table, what was refused first."""
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


def judge(case: Case) -> Verdict:
    """Return the verdict on a case.

    A constant model is there to try the path: it need not be good, but may go to dev only.
    """
    trust = [criterion for ask in TRUST for criterion in ask(case)]
    quality = [criterion for ask in QUALITY for criterion in ask(case)]
    manifest = case.candidate.manifest
    constant = manifest.parameters.get("model") == "constant"
    passed = all(each.passed for each in (trust if constant else [*trust, *quality]))
    compared = case.champion if case.limits.max_below_champion is not None else None
    return Verdict(
        model=manifest.sha256,
        verdict="refused" if not passed else "dev only" if constant else "accepted",
        champion=compared.resolve().name if compared else None,
        criteria=[*quality, *trust],
    )


def examine(champion: Path | None) -> Verdict:
    """Judge this project's candidate, beside the model in the folder `champion` if there is one."""
    return judge(read(CANDIDATE, TRAIN, SEALED, EVALUATION, champion=champion))


def too_strong() -> list[str]:
    """Say of each limit on a single feature that this project's candidate breaks how to lift it."""
    case = read(CANDIDATE, TRAIN, SEALED, EVALUATION, champion=None)
    asked = {"max_gain_share": gain_share, "leak_auc": single_feature}
    return [
        f"{found.name}: {found.value}, asked for is {found.limit}: if this feature is known before"
        f" the answer, raise gate.{limit} in params.yaml, or set it to null, and say why"
        for limit, ask in asked.items()
        for found in ask(case)
        if not found.passed
    ]


def read(
    model: Path, train: Path, sealed: Path, evaluation: Path, *, champion: Path | None
) -> Case:
    """Return the case that the files make; raise InputError on a file that is missing."""
    try:
        measured = json.loads(evaluation.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{evaluation} is not there or no JSON: run the stage evaluate") from None
    settings, candidate = params.load(), load(model)
    return Case(
        candidate=candidate,
        trained_on=training_keys(model, candidate.manifest),
        evaluation=measured,
        train=scan_table(train).collect(),
        sealed=scan_table(sealed).collect(),
        cards=fits(sha256=candidate.manifest.sha256),
        champion=champion,
        limits=settings.gate,
        how=settings.evaluate,
    )


def main(
    model: Path, train: Path, sealed: Path, evaluation: Path, report: Path, table: Path
) -> None:
    """Write the verdict to `report` and as a `table`; raise InputError when it is a refusal.

    The champion is no file of the pipeline: `make release` compares with it.
    """
    with threadpool_limits(1, user_api="blas"):
        verdict = judge(read(model, train, sealed, evaluation, champion=None))
    write_json(verdict.model_dump(mode="json"), report)
    write_text(verdict.table() + "\n", table)
    if verdict.verdict == "refused":
        refused = [criterion.name for criterion in verdict.criteria if not criterion.passed]
        raise InputError(f"the gate refuses this model by {'; '.join(refused)}: see {table}")
    print(f"the gate says of this model: {verdict.verdict}")  # noqa: T201  is there to be read


if __name__ == "__main__":
    stage(main)
