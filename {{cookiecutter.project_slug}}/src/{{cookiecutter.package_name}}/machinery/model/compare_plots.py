"""Draws DVC's plots of several revisions: a line, or a row of dots, for each revision."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import drawing
from ..drawing import Interval, Series

Row = Mapping[str, Any]
DATA, X, Y = "<DVC_METRIC_DATA>", "<DVC_METRIC_X_LABEL>", "<DVC_METRIC_Y_LABEL>"
# What DVC adds to the rows of a plot; the first column of the others is x.
REVISION, LINE, VALUE = "rev", "field", "dvc_inferred_y_value"
ADDED = {REVISION, LINE, VALUE, "filename"}
GROUP, WORKSPACE = "month", "workspace"
MOST = 12  # bars of each revision
TITLES = {"roc": "ROC curve", "precision_recall": "Precision and recall"}
HINTS = {
    "roc": "higher is better",
    "precision_recall": "higher is better",
    "calibration": "the nearer to the diagonal, the better the scores are as probabilities",
    "importance": "which features each model leans on",
    "scores": "models whose lines differ decide differently",
}
LOSS = "lower is better, and choose by it, not by the test rows"


def title(name: str) -> str:
    """Return the name of a plot, or the path of a curve, in words."""
    path = Path(name)
    words = f"{path.parent.name} {path.stem}" if path.suffix else name
    return TITLES.get(name, words.replace("_", " ").capitalize())


def rows(plot: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a plot: the first of its lines, and the last of its months."""
    found = plot["anchor_definitions"][DATA]
    found = json.loads(found) if isinstance(found, str) else found
    first = found[0].get(LINE)
    found = [row for row in found if row.get(LINE) == first]
    last = max(row.get(GROUP, "") for row in found)
    return [row for row in found if row.get(GROUP, "") == last]


def picture(name: str, plot: Mapping[str, Any], revisions: Sequence[str]) -> str:
    """Return a plot of `revisions` as SVG; they differ in colour and in dashes."""
    known = rows(plot)
    x, *others = [column for column in known[0] if column not in ADDED | {GROUP}]
    y = VALUE if VALUE in known[0] else others[0]
    # DVC joins the names of one commit, and always adds the workspace.
    seen = dict.fromkeys(row[REVISION] for row in known)
    names = [each for each in seen if each in revisions or each != WORKSPACE]
    parts = {each: [row for row in known if row[REVISION] == each] for each in names}
    month = known[0].get(GROUP)
    head = title(name) + (f" in {month}" if month else "")
    labels = [plot["anchor_definitions"][label].replace("_", " ") for label in (X, Y)]
    if _number(known[0][x]) is None:
        groups = {
            each: {row[x]: Interval(float(row[y])) for row in part[:MOST]}
            for each, part in parts.items()
        }
        return drawing.intervals(groups, title=head, x=labels[0])
    lines = {
        each: Series([float(row[x]) for row in part], [_number(row[y]) for row in part])
        for each, part in parts.items()
    }
    return drawing.lines(lines, title=head, x=labels[0], y=labels[1])


def pictures(plots: Mapping[str, Any], revisions: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what to look for in each of DVC's `plots`, and the picture; some tasks lack some."""
    for name, found in plots.items():
        if found:
            hint = LOSS if Path(name).suffix else HINTS.get(name, "")
            yield (
                f"{title(name)}: {hint}" if hint else title(name),
                picture(name, found[0], revisions),
            )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
