"""The findings of the monitor as one HTML page: it needs no network and no other file."""

from .. import page
from ..page import Html
from . import charts, inputs
from .accuracy import Accuracy, shown
from .drift import VALUES
from .experiments.page import experiments
from .inputs import Served
from .monitor import Findings
from .pipeline import Newest, newest, unusual
from .promise import OVERALL
from .verdict import ALARM, OK, UNKNOWN

KINDS = {ALARM: "bad", OK: "good", UNKNOWN: "plain"}  # in the order of the page
FURTHEST = 10  # columns in a table


def html(found: Findings) -> str:
    """Return the page."""
    parts = {"Verdicts": _verdicts(found)}
    if found.served:
        parts["Drift"] = _drift(found)
    if found.accuracies:
        parts["Accuracy"] = Html("".join(map(_accuracy, found.accuracies)))
    if found.readings:
        parts["Experiments"] = experiments(found.readings)
    if run := newest(found.runs):
        parts["Pipeline"] = _pipeline(run, found)
    if found.notes:
        parts["Notes"] = page.items(found.notes)
    lead = f"What `{found.log}` says up to {found.day}, UTC."
    return page.page("What changed since the release", parts, lead=lead)


def _verdicts(found: Findings) -> Html:
    if not found.verdicts:
        return page.paragraph("There is nothing to judge yet.")
    rows = [
        (
            page.badge(each.status, KINDS[each.status]),
            each.name,
            f"{each.model_version} {each.arm}",
            each.sentence,
        )
        for each in sorted(found.verdicts, key=lambda each: list(KINDS).index(each.status))
    ]
    return page.table(("verdict", "on", "version and arm", "why"), rows)


def _drift(found: Findings) -> Html:
    """Return the pressure by day, the rows by day, and the columns that moved furthest."""
    drawn = {
        "The column that moved furthest, as a share of its limit: from 1 on it is an alarm.": (
            charts.pressure(found)
        ),
        "Answers by day.": charts.rows(found.served),
    }
    arms = [arm for arm in found.served if arm.rows(found.day)]
    return Html(page.figures(drawn) + "".join(_columns(found, arm) for arm in arms))


def _columns(found: Findings, arm: Served) -> Html:
    moved = inputs.moved(found.drifts[arm.version], arm, found.day)
    rows = [
        (
            each.name + (f" ({each.part})" if each.part != VALUES else ""),
            f"{each.pressure:.2f}" if each.limit else "no limit",
            inputs.change(each, arm.reference),
            each.days,
        )
        for each in moved[:FURTHEST]
    ]
    pictures = {
        f"`{each.name}`: share of the rows by bin.": charts.bins(each, arm.reference)
        for each in moved[:2]
    }
    table = page.table(("column", "of its limit", "changed most", "days"), rows, numbers=(1, 3))
    return Html(f"<h3>{page.text(f'{arm.version} {arm.arm}')}</h3>{page.figures(pictures)}{table}")


def _accuracy(found: Accuracy) -> Html:
    metrics = [
        (name, shown(live), shown(found.promise.metric(OVERALL, name)))
        for name, live in found.slices[OVERALL].items()
    ]
    drawn = {
        f"{found.headline} by week; the line is what the release promised.": charts.weeks(found)
    }
    if len(found.slices) > 1:
        drawn[f"{found.headline} by slice, with 95 % intervals."] = charts.slices(found)
    text = f"{found.rows} answers of {found.days} days; promised on {found.promise.rows}."
    heading = page.text(f"{found.version} {found.arm}")
    return Html(
        f"<h3>{heading}</h3>{page.paragraph(text)}{page.figures(drawn)}"
        f"{page.table(('metric', 'since the release', 'promised'), metrics, numbers=(1, 2))}"
    )


def _pipeline(run: Newest, found: Findings) -> Html:
    rows = [
        (
            each.name,
            f"{each.seconds:.1f}",
            "" if each.usual is None else f"{each.usual:.1f}",
            "" if each.rows is None else f"{each.rows:,}",
            each.result,
        )
        for each in run.stages
    ]
    drawn = {"Seconds of the slowest stages by run.": charts.stages(found.runs)}
    slow = list(unusual(run))
    head = ("stage", "seconds", "usual", "rows", "result")
    return Html(
        f"{page.paragraph(run.sentence)}{page.items(slow) if slow else ''}"
        f"{page.figures(drawn)}{page.table(head, rows, numbers=(1, 2, 3))}"
    )
