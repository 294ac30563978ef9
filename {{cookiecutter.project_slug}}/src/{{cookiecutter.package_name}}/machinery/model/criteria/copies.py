"""The criteria of copies: test rows that a model learned under other keys, or nearly."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..contents import Hashes, content_hashes, known_but_for_one
from ..verdict import Criterion
from .case import Case

COPIES = 0.01  # share of the test rows
SAMPLE = 1000  # test rows, in which we replace one value after another


def copies(case: Case) -> Iterator[Criterion]:
    """Ask that no test row occurs in the training, as it is or with another value of one feature.

    Rows of few values resemble each other by chance. Chance is measured on the test rows alone,
    because copies in the training would raise any other share: we look for one half of them in the
    other half. Among so many times more rows, chance finds at most so many times more.
    """
    draw = np.random.default_rng(0)
    order = draw.permutation(case.test.height)
    hashes = content_hashes(case.test, case.candidate.manifest.features)[order]
    yield _equal(hashes, case.learned, draw)
    yield _nearly_equal(case, order, hashes[::2])


def _equal(hashes: Hashes, known: Hashes, draw: np.random.Generator) -> Criterion:
    """Compare whole rows; if chance exceeds COPIES, half of them with as many training rows."""
    others, half = hashes[::2], hashes[1::2]
    natural = _share(half, others)
    usual = natural * _more(known, others)
    found = hashes
    if usual > COPIES:
        fewer = min(len(known), len(others))
        usual, found, known = natural, half, draw.choice(known, fewer, replace=False)
    share = _share(found, known)
    limit = usual + COPIES + _chance(usual, len(found), len(known))
    return Criterion(
        "test rows that equal a training row",
        f"at most {100 * limit:.2f} %",
        f"{100 * share:.2f} %",
        share <= limit and len(known) > 0,
        "the model knows a copy of a test row, whatever its key",
    )


def _nearly_equal(case: Case, order: npt.NDArray[np.int64], others: Hashes) -> Criterion:
    """Compare a sample of the rows, with the value of one feature replaced by turns.

    An event that is recorded again a minute later, in the training, gives away the first one. A
    share that does not occur in the sample may still be three in it.
    """
    offered, rows = case.test[order[: 10 * SAMPLE]], case.test[order[1::2][:SAMPLE]]
    features = case.candidate.manifest.features
    natural, share = (
        float(known_but_for_one(rows, known, features, offered).sum()) / max(rows.height, 1)
        for known in (others, case.learned)
    )
    usual = min((natural + 3 / max(rows.height, 1)) * _more(case.learned, others), 1)
    limit = min(usual + COPIES + _chance(usual, rows.height, len(case.learned)), 1)
    return Criterion(
        "test rows that equal a training row but for one value",
        f"at most {100 * limit:.2f} %",
        f"{100 * share:.2f} %",
        share <= limit,
        "the model knows a test row that differs from a training row in one value",
    )


def _more(known: Hashes, others: Hashes) -> float:
    """Return how many times more rows are `known` than `others`, at least 1."""
    return max(len(known) / max(len(others), 1), 1)


def _chance(share: float, rows: int, known: int) -> float:
    """Return three standard deviations of the difference of two such shares."""
    return 3 * float(np.sqrt(share * (1 - share) * (1 / max(rows, 1) + 1 / max(known, 1))))


def _share(rows: Hashes, known: Hashes) -> float:
    """Return the share of `rows` that are `known`, 0 if there are none."""
    return float(np.isin(rows, known).mean()) if len(rows) else 0.0
