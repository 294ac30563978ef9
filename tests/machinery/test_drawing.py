"""Plots are SVG that a page can embed: the same values, the same bytes."""

import math
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree

import pytest

from machinery import drawing
from machinery.drawing import Interval, Series

MONTHS = [f"2013-{month:02d}" for month in range(1, 13)]
DAYS = [date(2013, 1, day) for day in range(1, 11)]


def roc() -> str:
    rate = [0.0, 0.5, 1.0]
    model = Series(rate, [0.0, 0.8, 1.0], low=[0.0, 0.7, 1.0], high=[0.0, 0.9, 1.0])
    return drawing.lines(
        {"model": model, "linear": Series(rate, [0.0, 0.7, 1.0])}, title="ROC", x="a", y="b"
    )


PLOTS: dict[str, Callable[[], str]] = {
    "lines": roc,
    "days": lambda: drawing.lines(
        {"auc": Series(DAYS, [None, *range(9)])},
        title="By day",
        moments={"v1.0.0": DAYS[2]},
        limits={"floor": 1},
    ),
    "bars": lambda: drawing.bars({"a": 2.0, "b": 1.0}, title="Importance", limits={"most": 1.5}),
    "intervals": lambda: drawing.intervals(
        {"model": {"x=1": Interval(0.6, 0.5, 0.7)}, "linear": {"x=1": Interval(0.5)}},
        title="Slices",
    ),
    "scatter": lambda: drawing.scatter([1.0, None], [2.0, 3.0], title="Both", line=True),
    "heat": lambda: drawing.heat(
        {"a": [0.1, 0.9], "b": [0.0, math.nan]}, ["x", "y"], title="Cells", write="{:.1f}".format
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_svg_of_the_same_bytes_each_time(name: str) -> None:
    drawn = PLOTS[name]()
    assert ElementTree.fromstring(drawn).attrib["role"] == "img"
    assert drawn == PLOTS[name]()


def test_another_process_draws_the_same_bytes() -> None:
    script = "from test_drawing import roc; print(roc(), end='')"
    run = [sys.executable, "-c", f"import sys; sys.path.append({__file__[:-16]!r}); {script}"]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == roc()


def test_words_stay_text_and_no_clock_is_written() -> None:
    drawn = roc()
    assert {"ROC", "model", "linear"} <= set(re.findall(r"<text[^>]*>([^<]+)</text>", drawn))
    assert not re.search(r"dc:date|20\d\d-\d\d", drawn)


def test_lines_differ_by_dashes_and_not_by_colour_alone() -> None:
    same = Series([0.0, 1.0], [0.0, 1.0])
    drawn = drawing.lines({str(number): same for number in range(6)}, title="Six")
    found = set(re.findall("stroke-dasharray: ([^;]+)", drawn))
    assert len(found) == 5  # and one line has none


def test_months_are_written_so_that_they_stay_apart() -> None:
    drawn = drawing.lines({"rows": Series(MONTHS, list(range(12)))}, title="Rows")
    assert len(re.findall(r">2013-\d\d<", drawn)) <= drawing.MOST_WORDS


def test_names_are_written_as_they_are() -> None:
    drawn = drawing.bars({"a_$x$ <b>": 1.0}, title='"quoted" & <c>')
    assert "a_$x$ &lt;b&gt;" in drawn
    assert 'aria-label="&quot;quoted&quot; &amp; &lt;c&gt;"' in drawn


def test_no_two_plots_of_a_page_share_an_id_by_chance() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', PLOTS[name]())) for name in PLOTS]
    assert not {each for found in ids for each in found if re.fullmatch(r"\w+_\d+", each)}
