"""The gate: a candidate that does not meet every criterion cannot be released."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from .. import params
from ..data.changes import since
from ..errors import InputError
from ..files import scan_table, write_json, write_text
from ..project import Project
from .artifact import load, training_keys, training_rows
from .card import fits
from .criteria.case import Case, Remade
from .criteria.decisions import DECISIONS
from .criteria.quality import QUALITY
from .criteria.released import RELEASED
from .criteria.slices import SLICES
from .criteria.trust import TRUST, gain_share, single_feature
from .evaluation import read as read_evaluation
from .labels import coded
from .verdict import Says, Verdict

CANDIDATE, TRAIN, TEST, EVALUATION = (
    Path("models/candidate"),
    Path("data/split/train.parquet"),
    Path("data/split/test.parquet"),
    Path("reports/evaluation.json"),
)


def judge(case: Case) -> Verdict:
    """Return the verdict on a case.

    A constant model serves to try the pipeline: it need not be good, but can go only to dev.
    """
    trust = [criterion for ask in TRUST for criterion in ask(case)]
    quality = [
        criterion for ask in (*QUALITY, *RELEASED, *SLICES, *DECISIONS) for criterion in ask(case)
    ]
    manifest = case.candidate.manifest
    constant = case.candidate.model.constant
    missed = [each for each in (trust if constant else [*trust, *quality]) if not each.passed]
    refused = any(not each.holds for each in missed)
    held: Says = "held" if missed else "accepted"
    compared = case.champion if case.limits.max_below_champion is not None else None
    return Verdict(
        model=manifest.sha256,
        verdict="refused" if refused else "dev only" if constant else held,
        champion=compared.resolve().name if compared else None,
        criteria=[*quality, *trust],
    )


def examine(
    project: Project,
    champion: Path | None,
    *,
    best: Path | None = None,
    remade: Remade | None = None,
    before: dict[str, Any] | None = None,
) -> Verdict:
    """Judge this project's candidate, also against the models in these folders, if any.

    `remade` makes the features of a version whose code has changed since; `before` is what
    reports/data.json said of the last release.
    """
    case = read(project, CANDIDATE, TRAIN, TEST, EVALUATION, champion=champion)
    with threadpool_limits(1, user_api="blas"):
        changed = since(before, params.load(project.params).changes) if before else None
        return judge(replace(case, best=best, remade=remade, changed=changed))


def too_strong(project: Project) -> list[str]:
    """Return how to lift each limit on a single feature that this project's candidate breaks."""
    case = read(project, CANDIDATE, TRAIN, TEST, EVALUATION, champion=None)
    criteria = {"max_gain_share": gain_share, "leak_auc": single_feature}
    return [
        f"{found.name}: {found.value}, required is {found.limit}: if this feature is known before"
        f" the answer, raise gate.{limit} in params.yaml, or set it to null, and say why"
        for limit, criterion in criteria.items()
        for found in criterion(case)
        if not found.passed
    ]


def read(
    project: Project,
    model: Path,
    train: Path,
    test: Path,
    evaluation: Path,
    *,
    champion: Path | None,
) -> Case:
    """Return the case, read from the files; raise InputError on a file that is missing."""
    settings, candidate = params.load(project.params), load(model, project.features_version)
    return Case(
        candidate=candidate,
        trained_on=training_keys(model, candidate.manifest),
        learned=training_rows(model, candidate.manifest),
        evaluation=read_evaluation(evaluation),
        train=coded(scan_table(train).collect(), candidate.manifest.classes),
        test=coded(scan_table(test).collect(), candidate.manifest.classes),
        cards=fits(project, sha256=candidate.manifest.sha256),
        champion=champion,
        limits=settings.gate,
        settings=settings.evaluate,
        features_version=project.features_version,
        decide=project.decide,
        time=project.row.time,
    )


def main(
    project: Project,
    model: Path,
    train: Path,
    test: Path,
    evaluation: Path,
    report: Path,
    table: Path,
) -> None:
    """Write the verdict to `report` and as a `table`; raise InputError when it is a refusal.

    The champion is not an input of the pipeline, so `dvc repro` gives the same verdict for the
    same commit; `make release` compares with the champion.
    """
    with threadpool_limits(1, user_api="blas"):
        verdict = judge(read(project, model, train, test, evaluation, champion=None))
    write_json(verdict.model_dump(mode="json"), report)
    write_text(verdict.table() + "\n", table)
    if verdict.verdict == "refused":
        by = "; ".join(verdict.refused_by)
        raise InputError(f"the gate refuses this model by {by}: see {table}")
    by = f" by {'; '.join(verdict.held_by)}: see {table}" if verdict.verdict == "held" else ""
    print(f"the gate's verdict on this model: {verdict.verdict}{by}")  # noqa: T201  for the user
