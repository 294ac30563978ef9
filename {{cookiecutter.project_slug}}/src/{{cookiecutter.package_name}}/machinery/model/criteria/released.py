"""The criteria of what was released: no worse than the champion and than the best release.

Compared with the champion alone, ten small losses in a row would add up.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import polars as pl

from ...errors import InputError
from ..bootstrap import FEWEST, compare, units
from ..evaluate import grouped
from ..evaluation import Comparison
from ..verdict import Criterion
from .case import Case, Rival, percent
from .quality import RIVALS, gain, too_good, worst_slice


def champion(case: Case) -> Iterator[Criterion]:
    """Ask for no loss to the champion, overall and in each slice, and for no leap."""
    if case.champion is None or case.limits.max_below_champion is None:
        nothing = "no champion is here" if case.champion is None else "max_below_champion is null"
        name, said = "gain over the champion", f"not compared: {nothing}"
        yield Criterion(name, "-", said, True, "make release fetches it")
        return
    found = yield from against(case, "champion", case.champion)
    if found:
        yield worst_slice(found, "champion", case)
        yield too_good(found["overall"], "champion", case, case.limits.max_above_champion)


def best(case: Case) -> Iterator[Criterion]:
    """Ask for no loss to the best release, unless the champion is the best."""
    if case.best is None or case.limits.max_below_champion is None:
        return
    if case.champion is None or case.best.resolve() != case.champion.resolve():
        yield from against(case, "best", case.best)


def against(
    case: Case, role: str, folder: Path
) -> Generator[Criterion, None, dict[str, Comparison] | None]:
    """Yield whether the candidate is no worse than the model in `folder`; return the comparison.

    Only rows that this model did not learn count. If it cannot be measured, a person decides.
    """
    limit = case.limits.max_below_champion or 0.0
    name, wanted = f"gain over the {RIVALS[role]}", f"low end above {percent(-limit)}"
    version = folder.resolve().name
    try:
        rival = case.rival(folder)
        compared = on_new_rows(case, role, rival)
    except InputError as error:
        yield Criterion(
            name, wanted, f"{version} cannot be measured", False, str(error), holds=True
        )
        return None
    low, value, _ = gain(compared["overall"], role, case.task)
    known = int((~rival.new).sum())
    only = f"; on {int(rival.new.sum())} rows, as {version} learned the other {known}"
    yield Criterion(
        name,
        wanted,
        f"{percent(value)}, low end {percent(low)}" + (only if known else ""),
        low > -limit,
        f"a release must not make things worse than {version}",
    )
    return compared


def on_new_rows(case: Case, role: str, rival: Rival) -> dict[str, Comparison]:
    """Return the evaluation of both models on the same resampled rows, which neither learned."""
    rows = case.test.filter(pl.Series(rival.new))
    if not rows.height or units(rows).max() + 1 < FEWEST:
        raise InputError(f"it learned all but {rows.height} of the {case.test.height} test rows")
    scores = {"model": case.score[rival.new], role: rival.score[rival.new]}
    widths = {
        "model": case.candidate.manifest.interval,
        role: rival.model.manifest.interval,
    }
    groups = grouped(case.task, rows, scores=scores, widths=widths, settings=case.settings)
    rounds, seed = case.settings.bootstrap_rounds, case.settings.seed
    return compare(groups, units=units(rows), rounds=rounds, seed=seed)


RELEASED = (champion, best)
