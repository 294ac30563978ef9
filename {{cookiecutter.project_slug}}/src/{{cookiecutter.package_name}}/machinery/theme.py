"""The theme of every plot, and how a plot becomes SVG whose bytes depend on its values alone."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito (2008): people with any kind of colour vision can tell these apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), "-.", (0, (8, 2)), (0, (3, 1, 1, 1)))
QUIET, INK, GRID = "#767676", "#24292f", "#d8dee4"
WIDTH, HEIGHT = 4.0, 2.9  # inches; 384 pixels fill a phone
THEME: dict[Any, Any] = {  # matplotlib's own names
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "date.converter": "concise",
    "font.family": "sans-serif",
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "drawing",
    "text.color": INK,
    "text.parse_math": False,  # a name may contain two dollar signs
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def axes(title: str, x: str, y: str, rows: int = 0) -> Iterator[tuple[Axes, Callable[[], str]]]:
    """Yield axes to draw on, and a function that returns the SVG; `rows` decide the height."""
    with rc_context(THEME):
        figure = Figure(figsize=(WIDTH, max(1.2 + 0.24 * rows, 1.8) if rows else HEIGHT))
        figure.set_layout_engine("constrained")
        plot = figure.add_subplot()
        plot.set(title=title, xlabel=x, ylabel=y)
        yield plot, lambda: svg(figure, title)


def svg(figure: Figure, title: str) -> str:
    """Return `figure` as SVG for a page: without the XML's header, named for screen readers."""
    with rc_context(THEME):
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    _, _, body = file.getvalue().partition("<svg ")
    used = set(re.findall(r'#([^")]+)[")]', body))
    body = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", body)
    body = re.sub("<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _short, tag[0]), body)
    body = "\n".join(line.rstrip() for line in body.splitlines())
    return f'<svg role="img" aria-label="{html.escape(title)}" {body}\n'


def _short(number: re.Match[str]) -> str:
    """Return a number with two digits: a hundredth of a point is too small to see."""
    return f"{float(number[0]):.2f}"
