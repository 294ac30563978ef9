"""Draws plots as SVG: one theme, readable on a phone, told apart without colour.

Equal values give equal bytes. The text stays text, in the reader's own font. A plot is drawn at the
width of a phone and grows with the page. Needs matplotlib, which only the training locks hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from math import isnan
from typing import Any

from matplotlib.axes import Axes

from . import theme
from .theme import COLOURS, DASHES, INK, QUIET

ROOM = 32  # letters that three names in a line of the legend may have
MOST_WORDS = 5  # under an x axis, of seven letters each, as months have

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Series:
    """The points of a line, in the order of `x`; `low` and `high` are the edges of its interval."""

    x: Sequence[float] | Sequence[str] | Sequence[date]
    y: Numbers
    low: Numbers | None = None
    high: Numbers | None = None


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its interval, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None


def lines(
    series: Mapping[str, Series],
    *,
    title: str,
    x: str = "",
    y: str = "",
    moments: Mapping[str, Any] | None = None,
    limits: Mapping[str, float] | None = None,
    steps: bool = False,
    points: bool = False,
) -> str:
    """Draw a line for each of `series`, with its interval as a band.

    `moments` are vertical lines at an x, such as a release; `limits` are horizontal lines.
    `steps` draws the tops of a histogram; `points` marks each point of the first line.
    """
    with theme.axes(title, x, y) as (axes, done):
        style = "steps-mid" if steps else "default"
        words = list(dict.fromkeys(x for line in series.values() for x in line.x))
        written = bool(words) and all(isinstance(word, str) for word in words)
        at: Callable[[Any], Any] = words.index if written else lambda value: value
        for place, (name, line) in enumerate(series.items()):
            colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
            places = [at(x) for x in line.x]
            if line.low is not None and line.high is not None:
                band = _numbers(line.low), _numbers(line.high)
                axes.fill_between(places, *band, color=colour, alpha=0.18, linewidth=0)
            axes.plot(
                places, _numbers(line.y), color=colour, linestyle=dash, label=name,
                drawstyle=style, marker="o" if points and place == 0 else None, markersize=3.5,
            )  # fmt: skip
        for (name, limit), dash in zip((limits or {}).items(), cycle(DASHES[1:]), strict=False):
            axes.axhline(limit, color=QUIET, linestyle=dash, linewidth=1.2, label=name)
        for (name, moment), dash in zip((moments or {}).items(), cycle(DASHES[1:]), strict=False):
            axes.axvline(at(moment), color=INK, linestyle=dash, linewidth=1, label=name)
        if len(axes.get_legend_handles_labels()[1]) > 1:
            _legend(axes)
        if written:
            _few_words(axes, [str(word) for word in words])
    return done()


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    x: str = "",
    limits: Mapping[str, float] | None = None,
) -> str:
    """Draw one horizontal bar for each of `values`, the first on top."""
    with theme.axes(title, x, "", rows=len(values)) as (axes, done):
        axes.barh(list(values), list(values.values()), color=COLOURS[0], height=0.65)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=4)
        _levels(axes, limits)
        axes.invert_yaxis()
    return done()


def intervals(
    groups: Mapping[str, Mapping[str, Interval]],
    *,
    title: str,
    x: str = "",
    limits: Mapping[str, float] | None = None,
) -> str:
    """Draw a dot with its interval for each name of each of `groups`, the first on top."""
    names = list(dict.fromkeys(name for found in groups.values() for name in found))
    with theme.axes(title, x, "", rows=len(names)) as (axes, done):
        shift = 0.5 / max(len(groups), 1)
        for place, (group, found) in enumerate(groups.items()):
            colour, marker = COLOURS[place % len(COLOURS)], "os^Dv"[place % 5]
            at = [names.index(name) + (place - (len(groups) - 1) / 2) * shift for name in found]
            for row, each in zip(at, found.values(), strict=True):
                if each.low is not None and each.high is not None:
                    axes.plot([each.low, each.high], [row, row], color=colour, linewidth=2)
            dots = [each.value for each in found.values()]
            axes.scatter(dots, at, color=colour, marker=marker, s=26, label=group, zorder=3)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.locator_params(axis="x", nbins=5)
        _levels(axes, limits)
        if len(groups) > 1:
            _legend(axes)
    return done()


def scatter(
    x_values: Numbers,
    y_values: Numbers,
    *,
    title: str,
    x: str = "",
    y: str = "",
    line: bool = False,
) -> str:
    """Draw a point for each pair of values; `line` adds the line on which both are equal."""
    with theme.axes(title, x, y) as (axes, done):
        found = _numbers(x_values), _numbers(y_values)
        axes.scatter(*found, color=COLOURS[0], s=9, alpha=0.5, linewidths=0)
        if line and found[0]:
            ends = min(map(min, found)), max(map(max, found))
            axes.plot(ends, ends, color=QUIET, linestyle=DASHES[1], linewidth=1.2)
    return done()


def heat(
    values: Mapping[str, Numbers],
    columns: Sequence[str],
    *,
    title: str,
    x: str = "",
    y: str = "",
    write: Callable[[float], str] | None = None,
) -> str:
    """Draw a row of cells for each of `values`, darker for more; `write` puts text into a cell."""
    table = [_numbers(row) for row in values.values()]
    with theme.axes(title, x, y, rows=len(values)) as (axes, done):
        most = max((each for row in table for each in row if not isnan(each)), default=0) or 1
        axes.pcolormesh(table, cmap="Blues", vmin=0, vmax=most, edgecolor="white", linewidth=0.6)
        axes.grid(visible=False)
        axes.set_yticks([place + 0.5 for place in range(len(values))], list(values))
        axes.set_xlim(0, len(columns))
        _few_words(axes, columns, middle=0.5)
        axes.invert_yaxis()
        cells = ((row, at) for row in range(len(table)) for at in range(len(columns)))
        for row, at in cells if write else ():
            value = table[row][at]
            colour = "white" if value > most * 0.55 else INK
            said = write(value) if write else ""
            axes.text(at + 0.5, row + 0.5, said, ha="center", va="center", color=colour)
    return done()


def _levels(axes: Axes, limits: Mapping[str, float] | None) -> None:
    for (name, limit), dash in zip((limits or {}).items(), cycle(DASHES[1:]), strict=False):
        axes.axvline(limit, color=QUIET, linestyle=dash, linewidth=1.2, label=name)
    if limits:
        _legend(axes)


def _few_words(axes: Axes, words: Sequence[str], middle: float = 0) -> None:
    """Write at most MOST_WORDS under the x axis, so that they stay apart."""
    step = -(-len(words) // MOST_WORDS)
    places = [place + middle for place in range(0, len(words), step)]
    axes.set_xticks(places, list(words[::step]))


def _legend(axes: Axes) -> None:
    names = axes.get_legend_handles_labels()[1]
    columns = 3 if len("".join(names)) <= ROOM else 2
    axes.figure.legend(loc="outside lower left", ncols=columns, handlelength=2.4)


def _numbers(values: Numbers) -> list[float]:
    """Return `values` with NaN, which leaves a gap, for those that are missing."""
    return [float("nan") if value is None else float(value) for value in values]
