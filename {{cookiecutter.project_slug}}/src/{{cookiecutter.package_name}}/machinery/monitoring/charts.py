"""The plots of the monitor's page."""

from collections.abc import Sequence
from datetime import date, datetime

from .. import drawing
from ..drawing import Interval, Series
from ..model import evaluation
from ..model.reference import Reference
from ..runs import OK, WHOLE, Run
from . import inputs
from .accuracy import Accuracy
from .drift import Moved
from .inputs import Served
from .monitor import Findings
from .promise import OVERALL

MOST = 60  # days on a plot
PARTS = 12  # slices on a plot
STAGES = 4  # of the pipeline on a plot


def pressure(found: Findings) -> str:
    """Draw how close each version and arm came to an alarm, by day."""
    lines = {}
    for arm in found.served:
        days = sorted(arm.days)[-MOST:]
        each = [inputs.moved(found.drifts[arm.version], arm, day) for day in days]
        values = [moved[0].pressure if moved and moved[0].limit else None for moved in each]
        lines[_name(arm)] = Series(days, values)
    return drawing.lines(lines, title="Drift", y="share of the limit", limits={"alarm": 1.0})


def rows(served: Sequence[Served]) -> str:
    """Draw the answers of each version and arm by day."""
    lines = {
        _name(arm): Series(days, [float(arm.rows(day)) for day in days])
        for arm in served
        if (days := sorted(arm.days)[-MOST:])
    }
    return drawing.lines(lines, title="Answers", y="answers")


def bins(moved: Moved, reference: Reference) -> str:
    """Draw the share of the rows in each bin, before and now."""
    known = next(each.bins for each in reference.columns if each.bins.name == moved.name)
    names = [known.label(place) for place in range(known.number)]
    values = {
        name: [float(each) for each in counts / max(counts.sum(), 1)]
        for name, counts in (("training", moved.before), ("now", moved.now))
    }
    groups = {
        name: {label: Interval(share) for label, share in zip(names, shares, strict=True)}
        for name, shares in values.items()
    }
    return drawing.intervals(groups, title=moved.name, x="share of the rows")


def weeks(found: Accuracy) -> str:
    """Draw the headline metric by week, next to what was promised."""
    mondays = [date.fromisoformat(week) for week in found.by_week]
    known = found.promise.metric(OVERALL, found.headline)
    limits = {"promised": known.value} if known and known.value is not None else {}
    line = {"live": Series(mondays, list(found.by_week.values()))}
    return drawing.lines(line, title=found.headline, y=found.headline, limits=limits, points=True)


def slices(found: Accuracy) -> str:
    """Draw the headline metric of each slice with its interval, the worst first."""
    order = -1 if not found.larger_is_better else 1
    known = {
        name: metrics[found.headline]
        for name, metrics in found.slices.items()
        if metrics[found.headline].value is not None
    }
    names = sorted(known, key=lambda name: order * (known[name].value or 0.0))[:PARTS]
    groups = {"live": {name: _drawn(known[name]) for name in names}}
    promised = {
        name: _drawn(each)
        for name in names
        if (each := found.promise.metric(name, found.headline)) and each.value is not None
    }
    if promised:
        groups["promised"] = promised
    return drawing.intervals(groups, title=f"{found.headline} by slice", x=found.headline)


def stages(history: Sequence[Run]) -> str:
    """Draw the seconds of the slowest stages by run."""
    went = [each for each in history if each["result"] == OK and each["stage"] != WHOLE]
    slowest = {each["stage"]: each["seconds"] for each in went}  # of each stage's last run
    names = sorted(slowest, key=lambda name: -slowest[name])[:STAGES]
    known = {name: [each for each in went if each["stage"] == name][-MOST:] for name in names}
    series = {
        name: Series(
            [datetime.fromisoformat(each["run"]) for each in runs],
            [each["seconds"] for each in runs],
        )
        for name, runs in known.items()
    }
    return drawing.lines(series, title="Stages", y="seconds", points=True)


def _drawn(metric: evaluation.Interval) -> Interval:
    return Interval(metric.value or 0.0, metric.low, metric.high)


def _name(arm: Served) -> str:
    """Return a name that is short enough for a legend: without the hash of the version."""
    return f"{arm.version.rpartition('-')[0]} {arm.arm}"
