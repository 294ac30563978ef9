"""The experiments as a part of the monitor's page."""

from collections.abc import Iterable

from ... import drawing, page
from ...page import Html
from .effect import Effect
from .looks import z_once
from .reading import Reading
from .split import LIMIT
from .verdict import Says

KINDS = {Says.BETTER: "good", Says.SAME: "good", Says.UNKNOWN: "plain"}  # others are bad
ALL = "all stages"
HEAD = ("difference", "units")


def experiments(readings: Iterable[Reading]) -> Html:
    """Return each reading: its verdict, the effect by stage with its interval, and the split."""
    return Html("".join(map(_experiment, readings)))


def _experiment(reading: Reading) -> Html:
    compared, wanted = reading.compared, reading.experiment
    rows = [
        (f"{part.since:%Y-%m-%d %H:%M}", f"{100 * part.share:g} %", *_cells(part.effect))
        for part in reading.parts
    ]
    badge = page.badge(reading.verdict.says, KINDS.get(reading.verdict.says, "bad"))
    head = ("since", f"{compared.new} has", compared.treated, compared.control, *HEAD)
    remarks = [
        f"{wanted.measure}: {wanted.better} is better, a difference of {wanted.matters:g} matters",
        f"sample ratio: units as uneven as these have a probability of {reading.mismatch:.2g};"
        f" below {LIMIT:g} the split is broken",
        *reading.remarks,
    ]
    return Html(
        f"<h3>{page.text(f'{compared.treated} against {compared.control}')}</h3>"
        f"{page.paragraph(badge, reading.sentence)}{_figure(reading)}"
        f"{page.table(head, rows, numbers=(1, 2, 3))}{page.items(remarks)}"
    )


def _cells(found: Effect | None) -> tuple[str, str, str, str]:
    if found is None:
        return "", "", "no measured unit in both arms yet", ""
    low, high = found.interval(z_once())
    return (
        f"{found.treated:.4g}",
        f"{found.control:.4g}",
        f"{found.estimate:+.4g} [{low:+.4g}, {high:+.4g}]",
        f"{found.units[0]} and {found.units[1]}",
    )


def _figure(reading: Reading) -> Html:
    """Draw the difference by stage, and in all stages with the interval of the verdict."""
    parts = {
        f"from {part.since:%Y-%m-%d}": drawing.Interval(
            part.effect.estimate, *part.effect.interval(z_once())
        )
        for part in reading.parts
        if part.effect
    }
    if reading.effect is None:
        return Html("")
    verdict = reading.verdict
    whole = {ALL: drawing.Interval(reading.effect.estimate, verdict.low, verdict.high)}
    matters = reading.experiment.matters
    picture = drawing.intervals(
        {"one stage": parts, "verdict": whole},
        title="Difference",
        x=reading.experiment.measure,
        limits={"matters": matters, "matters the other way": -matters},
    )
    caption = (
        f"How much larger {reading.experiment.measure} is in the {reading.compared.treated}."
        " Stages have 95 % intervals; the verdict's interval is wider, so that you may look at any"
        " time."
    )
    return page.figures({caption: picture})
