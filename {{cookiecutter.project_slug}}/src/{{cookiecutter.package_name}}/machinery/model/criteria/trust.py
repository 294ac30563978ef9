"""The criteria of trust: whether the measurements of the candidate are credible."""

from collections.abc import Iterator

import numpy as np

from ..contents import Hashes, content_hashes, known_but_for_one
from ..metrics import rounded
from ..verdict import Criterion
from .case import Case, percent
from .leaks import identities, shared_keys, single_features

COPIES = 0.01  # share of the test rows
SAMPLE = 1000  # test rows, in which we replace one value after another


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


def copies(case: Case) -> Iterator[Criterion]:
    """Ask that test rows do not occur in the training under other keys.

    Rows of few values resemble each other by chance. Chance is measured on the test rows alone,
    because copies in the training would raise any other share: we look for one half of them in the
    other half. Among so many times more rows, chance finds at most so many times more. If that
    exceeds COPIES, we look for the half among only as many training rows as the other half has.
    """
    draw, known = np.random.default_rng(0), case.learned
    hashes = draw.permutation(content_hashes(case.test, case.candidate.manifest.features))
    others, half = hashes[::2], hashes[1::2]
    natural = _share(half, others)
    usual = natural * max(len(known) / max(len(others), 1), 1)
    found = hashes
    if usual > COPIES:
        fewer = min(len(known), len(others))
        usual, found, known = natural, half, draw.choice(known, fewer, replace=False)
    share = _share(found, known)
    limit = usual + COPIES + _chance(usual, len(found), len(known))
    yield Criterion(
        "test rows that equal a training row",
        f"at most {100 * limit:.2f} %",
        f"{100 * share:.2f} %",
        share <= limit and len(known) > 0,
        "a copy of a test row under another key is known all the same",
    )


def twins(case: Case) -> Iterator[Criterion]:
    """Ask that test rows do not occur in the training with another value of one feature.

    An event that is recorded again a minute later, in the training, gives away the first one. We
    look for a sample of the test rows, and chance is measured as for `copies`. A share that is not
    found in the sample may still be three in it.
    """
    features, known = case.candidate.manifest.features, case.learned
    order = np.random.default_rng(0).permutation(case.test.height)
    offered, rows = case.test[order[: 10 * SAMPLE]], case.test[order[1::2][:SAMPLE]]
    others = content_hashes(case.test[order[::2]], features)
    near = [known_but_for_one(rows, hashes, features, offered) for hashes in (others, known)]
    natural, share = (float(found.mean()) if len(found) else 0.0 for found in near)
    usual = min((natural + 3 / max(rows.height, 1)) * max(len(known) / max(len(others), 1), 1), 1)
    limit = usual + COPIES + _chance(usual, rows.height, len(known))
    yield Criterion(
        "test rows that equal a training row but for one value",
        f"at most {100 * min(limit, 1):.2f} %",
        f"{100 * share:.2f} %",
        share <= limit,
        "a test row with another value of one feature is known all the same",
    )


def _chance(share: float, rows: int, known: int) -> float:
    """Return three standard deviations of the difference of two such shares."""
    return 3 * float(np.sqrt(share * (1 - share) * (1 / max(rows, 1) + 1 / max(known, 1))))


def _share(rows: Hashes, known: Hashes) -> float:
    """Return the share of `rows` that are `known`, 0 if there are none."""
    return float(np.isin(rows, known).mean()) if len(rows) else 0.0


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
    twins,
    above_validation,
    gain_share,
    single_feature,
    identity,
)
