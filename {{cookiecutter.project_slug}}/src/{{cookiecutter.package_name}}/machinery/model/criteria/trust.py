"""The criteria of trust: whether the measurements of the candidate are credible."""

from collections.abc import Iterator

import numpy as np

from ..metrics import rounded
from ..verdict import Criterion
from .case import Case, percent
from .copies import copies
from .leaks import identities, shared_keys, single_features


def same_model(case: Case) -> Iterator[Criterion]:
    """Ask that the evaluation measured this model."""
    interval = case.candidate.manifest.interval
    measure = case.task.measure(case.target, case.score, interval)
    again = rounded(measure(np.ones(case.test.height)))
    others = [name for name, value in again.items() if value != case.measured.get(name)]
    yield Criterion(
        "metrics measured again",
        "the same",
        ", ".join(f"{name} {again[name]:.4f}" for name in others) or "the same",
        not others,
        "reports/evaluation.json must measure this model: make repro",
    )


def test_rows(case: Case) -> Iterator[Criterion]:
    """Ask that no test row was trained on."""
    shared = shared_keys(case.trained_on, case.test)
    yield Criterion(
        "test rows that were trained on",
        "none",
        str(shared),
        shared == 0,
        "a model must not be measured on rows that it knows",
    )


def above_validation(case: Case) -> Iterator[Criterion]:
    """Ask that the test rows are not far easier than the validation rows, as known rows are.

    The worse end of the test metric's interval counts, because a few test rows may be easier by
    chance: on scikit-learn's diabetes, the error on 110 of them is 13 % below validation, and the
    low end 4 %. A model that has seen the test rows is still refused.
    """
    name, limit = case.task.headline, case.limits.max_above_validation
    validation = case.candidate.manifest.validation[name]
    sign = 1 if name in case.task.larger_is_better else -1
    test = case.evaluation.overall.models["model"][name]
    above, low = (
        sign * ((bound or 0.0) - validation) / max(abs(validation), 1e-6)
        for bound in (test.value, test.low if sign > 0 else test.high)
    )
    yield Criterion(
        f"test {name} above validation",
        f"low end at most {percent(limit)}",
        f"{percent(above)}, low end {percent(low)}",
        low <= limit,
        "much better on test rows than on validation: it may have seen them",
    )


def gain_share(case: Case) -> Iterator[Criterion]:
    """Ask that no feature carries most of the model."""
    limit = case.limits.max_gain_share
    largest = max(case.evaluation.importance, key=lambda row: row.gain)
    by_gain = case.evaluation.model.importance == "gain"
    yield Criterion(
        f"largest share of the {'gain' if by_gain else 'loss when shuffled'}",
        "-" if limit is None else f"at most {limit:g}",
        f"{largest.gain:.3f}: {largest.feature}",
        limit is None or largest.gain <= limit,
        "a model that leans on one feature falls with it, and often that feature leaks",
    )


def single_feature(case: Case) -> Iterator[Criterion]:
    """Ask that no feature alone ranks the test rows too well to be true."""
    limit = case.limits.leak_auc
    known = case.candidate.manifest
    several = bool(known.classes)
    aucs = single_features(case.train, case.test, known.features, several=several)
    name = max(aucs, key=lambda each: aucs[each])
    yield Criterion(
        "AUC of the best feature alone",
        "-" if limit is None else f"below {limit:g}",
        f"{aucs[name]:.3f}: {name}",
        limit is None or aucs[name] < limit,
        "a feature that knows the answer by itself was recorded after it",
    )


def identity(case: Case) -> Iterator[Criterion]:
    """Ask that neither a feature nor the sum or difference of two gives the target."""
    found = identities(case.test, case.candidate.manifest.features)
    yield Criterion(
        "features that give the target",
        "none",
        ", ".join(found[:3]) or "none",
        not found,
        "the target must not be among the features, nor be the sum of two",
    )


def tables(case: Case) -> Iterator[Criterion]:
    """Ask that no table changed much since the last release: units, time zones, what is missing."""
    if case.changed is None:
        return
    stops = [change for change in case.changed if change.stops]
    yield Criterion(
        "tables that changed since the last release",
        "none beyond changes in params.yaml",
        "; ".join(map(str, (stops or case.changed)[:5])) or "none",
        not stops,
        "another unit, time zone or source makes other rows; without HOLD it is a warning",
        holds=True,
    )


def cards(case: Case) -> Iterator[Criterion]:
    """Ask that the model card and the data card are of this model and its reports."""
    yield Criterion(
        "faults of the cards",
        "none",
        "; ".join(case.cards) or "none",
        not case.cards,
        "people decide by the cards, so they must be true",
    )


TRUST = (
    same_model,
    cards,
    tables,
    test_rows,
    copies,
    above_validation,
    gain_share,
    single_feature,
    identity,
)
