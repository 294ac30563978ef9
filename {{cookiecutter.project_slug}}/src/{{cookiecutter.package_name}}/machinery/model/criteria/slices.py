"""The criteria of slices that nobody listed: none is much worse, none has collapsed scores."""

from collections.abc import Iterator

import polars as pl

from ...errors import InputError
from ..evaluation import Unlisted
from ..unlisted import look
from ..verdict import Criterion
from .case import Case, percent
from .quality import RIVALS

FLATTEST = 0.25  # of the rival's spread; honest models stay above 0.8 on the flights


def against_baseline(case: Case) -> Iterator[Criterion]:
    """Ask that the linear baseline is nowhere much better."""
    if case.evaluation.unlisted:
        yield from asked(case.evaluation.unlisted, "linear", case)


def against_champion(case: Case) -> Iterator[Criterion]:
    """Ask that the champion is nowhere much better, on rows that it did not learn."""
    if case.champion is None or case.limits.max_below_champion is None:
        return
    try:
        rival = case.rival(case.champion)
    except InputError:
        return  # `released` holds it
    new = pl.Series(rival.new)
    found = look(
        case.task,
        case.test.filter(new),
        case.score[rival.new],
        rival.score[rival.new],
        target=case.target[rival.new],
        features=case.candidate.manifest.features,
        time=case.time,
        settings=case.settings,
    )
    yield from asked(found, "champion", case)


def asked(found: Unlisted, role: str, case: Case) -> Iterator[Criterion]:
    """Yield the two criteria for what was found."""
    limit, worst, flat = case.limits.max_below_in_any_slice, found.worst, found.flattest
    if worst is None:
        return
    yield Criterion(
        f"loss in the worst unlisted slice against the {RIVALS[role]}",
        f"high end above {percent(-limit)}",
        f"{percent(worst.gain)}, high end {percent(worst.high)}: {worst.name}, of {found.looks}",
        worst.high > -limit,
        "a group that nobody listed can be served badly, too",
    )
    if flat is not None and flat.spread is not None:
        yield Criterion(
            f"spread of the scores in the flattest slice, of the {RIVALS[role]}'s",
            f"at least {FLATTEST:g}",
            f"{flat.spread:.3f}: {flat.name}, of {found.looks}",
            flat.spread >= FLATTEST,
            "where scores are the same for all rows, the model decides nothing",
        )


SLICES = (against_baseline, against_champion)
