"""The runs of the pipeline: how long the stages of the newest took, and whether that is unusual."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..runs import OK, WHOLE, Run

BEFORE = 12  # runs of a stage that say what is usual
FEWEST = 3  # of them, below which nothing is unusual
TREND = 24  # runs in which a stage may creep
SHORTEST_TREND = 6
CHANCE = 0.01  # of a trend this clear among runs that only vary
TWICE, GROWN = 2.0, 1.25  # times the usual, and times the seconds at the trend's start
NOTICED = 1.0  # seconds: a smaller change is not worth a word


@dataclass(frozen=True)
class Stage:
    """A stage in a run, next to the runs of it that went well before."""

    name: str
    seconds: float
    rows: int | None
    result: str
    before: Sequence[Run]

    @property
    def usual(self) -> float | None:
        """Return the median seconds of the runs before, if there are enough."""
        known = [each["seconds"] for each in self.before[-BEFORE:]]
        return float(np.median(known)) if len(known) >= FEWEST else None

    @property
    def growth(self) -> str:
        """Return how many times as many rows as usual there are, in words."""
        known = [each["rows"] for each in self.before[-BEFORE:] if each["rows"]]
        if not known or not self.rows:
            return ""
        return f", with {self.rows / np.median(known):.1f} times the usual rows"


@dataclass(frozen=True)
class Newest:
    """The newest run, and the stages that it ran."""

    run: str
    result: str
    seconds: float | None  # None: it did not end
    stages: Sequence[Stage]

    @property
    def sentence(self) -> str:
        """Return how the run ended."""
        took = "" if self.seconds is None else f" in {self.seconds:.0f} s"
        return f"{self.run}: {self.result}, {len(self.stages)} stages ran{took}"


def newest(history: Sequence[Run]) -> Newest | None:
    """Return the newest run of a history that is sorted by run."""
    if not history:
        return None
    run = history[-1]["run"]
    own = {each["stage"]: each for each in history if each["run"] == run}
    whole = own.pop(WHOLE, {"result": "it did not end", "seconds": None})
    stages = [
        Stage(
            name,
            each["seconds"],
            each["rows"],
            each["result"],
            [
                other
                for other in history
                if (other["stage"], other["result"]) == (name, OK) and other["run"] < run
            ],
        )
        for name, each in own.items()
    ]
    return Newest(run, whole["result"], whole["seconds"], stages)


def unusual(found: Newest) -> Iterator[str]:
    """Yield a sentence on each stage that took twice as long as usual, or creeps."""
    for stage in found.stages:
        if stage.result != OK:
            continue
        usual = stage.usual
        if usual and stage.seconds > max(TWICE * usual, usual + NOTICED):
            yield (
                f"{stage.name} took {stage.seconds:.1f} s, {stage.seconds / usual:.1f} times its"
                f" usual {usual:.1f} s{stage.growth}"
            )
        elif slow := _creeping(stage):
            yield slow


def _creeping(stage: Stage) -> str:
    """Return how a stage became slower and slower, if chance does not explain it.

    The test is that of Mann and Kendall, the line that of Theil and Sen.
    """
    seconds = [each["seconds"] for each in stage.before[1 - TREND :]] + [stage.seconds]
    if len(seconds) < SHORTEST_TREND or min(seconds) <= 0:
        return ""
    from scipy.stats import kendalltau, theilslopes  # noqa: PLC0415  takes a second

    places = np.arange(len(seconds))
    slope, start, *_ = theilslopes(np.log(seconds), places)
    first, last = np.exp(start), np.exp(start + slope * places[-1])
    grown = last > max(GROWN * first, first + NOTICED)
    if not grown or kendalltau(places, seconds).pvalue > CHANCE:
        return ""
    runs = f"in {len(seconds)} runs{stage.growth}"
    return f"{stage.name} crept from {first:.1f} s to {last:.1f} s {runs}"


def lines(found: Newest) -> Iterator[str]:
    """Yield the newest run as text: how it ended, its stages, and what is unusual."""
    yield found.sentence
    yield f"  {'stage':20}{'seconds':>9}{'usual':>9}{'rows':>13}"
    for stage in found.stages:
        usual = "" if stage.usual is None else f"{stage.usual:.1f}"
        rows = "" if stage.rows is None else f"{stage.rows:,}"
        failed = "" if stage.result == OK else f"  {stage.result}"
        yield f"  {stage.name:20}{stage.seconds:9.1f}{usual:>9}{rows:>13}{failed}"
    yield from (f"  {each}" for each in unusual(found))
