"""The report: pictures and one page, for every task, with and without time, also after a refusal."""

import html
import itertools
import json
import re
import shutil
from contextlib import chdir
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from machinery.data.table import KEY, TARGET
from machinery.model.report import cards, pipeline
from tiny import sample as tiny_sample
from tiny.command import invoke
from tiny.project import PROJECT

EVERY = {"calibration", "importance", "learning", "pipeline", "scores", "shuffled", "slices"}
OVER_TIME = {"rows", "target"}
RANKED = {"outcomes", "precision_recall", "roc"}
BY_KEY = {"group": "key", "validation": 0.2, "test": 0.2}
LOOSE = {"max_above_validation": 1.0, "max_below_in_slice": 1.0, "max_calibration_error": 0.3}
COSTS = {"0": {"1": 1.0}, "1": {"0": 4.0}}
VOID = {"br", "hr", "meta", "path", "use"}


class Balanced(HTMLParser):
    """Fails on a tag that is closed in another order than it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        self.opened += [tag] if tag not in VOID else []

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.opened.pop() == tag


def speed(*, parcels: pl.LazyFrame) -> pl.LazyFrame:
    """Return how fast a parcel was, in words."""
    days = pl.col("days")
    word = pl.when(days < 1.5).then(pl.lit("fast")).when(days < 3.5).then(pl.lit("usual"))
    label = pl.when(days.is_not_null()).then(word.otherwise(pl.lit("slow")))
    return parcels.select(KEY, label.alias(TARGET))


def report(folder: Path, **changes: object) -> tuple[set[str], str]:
    """Draw the report in a folder; return the names of the pictures, and the page."""
    with chdir(folder):
        tiny_sample.run_one("report", replace(PROJECT, **changes))
    pictures = {path.stem: path.read_text() for path in folder.glob("reports/pictures/*.svg")}
    for text in pictures.values():
        ElementTree.fromstring(text)
    return set(pictures), (folder / "reports/report.html").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the pipeline has run on two outcomes and their costs."""
    return tiny_sample.run(tmp_path_factory.mktemp("report") / "tiny", costs=COSTS)


@pytest.fixture(scope="module")
def drawn(folder: Path) -> tuple[set[str], str]:
    """The pictures and the page of two outcomes."""
    return report(folder)


def test_two_outcomes_have_every_picture(drawn: tuple[set[str], str]) -> None:
    assert drawn[0] == EVERY | OVER_TIME | RANKED | {"costs", "thresholds"}


def test_classes_have_a_table_of_what_was_taken_for_which(tmp_path: Path) -> None:
    changes = {"task": "multiclass", "threshold": None, "gate": LOOSE}
    project = replace(PROJECT, target=speed)
    found = report(tiny_sample.run(tmp_path / "tiny", project, **changes), target=speed)
    assert found[0] == EVERY | OVER_TIME | RANKED | {"classes"}
    assert "share of slow" in found[1]


def test_numbers_without_time_have_errors_and_no_months(tmp_path: Path) -> None:
    changes = {"task": "regression", "threshold": None, "rows": {"promised_days": None}}
    row = replace(PROJECT.row, time=None)
    place = tiny_sample.run(
        tmp_path / "tiny", replace(PROJECT, row=row), **changes, split=BY_KEY, gate=LOOSE
    )
    assert report(place, row=row)[0] == EVERY | {"errors", "points"}


def test_the_page_is_whole_and_needs_no_other_file(drawn: tuple[set[str], str]) -> None:
    parser = Balanced()
    parser.feed(drawn[1])
    assert parser.opened == []
    assert drawn[1].count("<svg ") == len(drawn[0])
    seen = re.sub(r' xmlns(:\w+)?="[^"]+"', "", drawn[1])
    assert not re.search(r'<script|<link|<img|src=|@import|(href|url)[=(]"?http', seen)


def test_the_page_says_verdict_metrics_cards_and_what_to_do_next(
    drawn: tuple[set[str], str],
) -> None:
    text = re.sub("<[^>]+>", "", drawn[1])
    assert "The gate's verdict: accepted" in html.unescape(text)
    assert "make release" in text
    assert "roc_auc" in text
    assert "Intended use" in text  # of the model card
    assert "A row is a parcel." in text  # of the data card


@pytest.mark.parametrize(
    ("verdict", "holds", "said"),
    [("refused", False, "cannot be released"), ("held", True, "ACCEPT=")],
)
def test_a_model_that_is_not_accepted_has_a_page_that_names_what_it_misses(
    verdict: str, holds: bool, said: str, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "tiny")
    gate = tmp_path / "tiny/reports/gate.json"
    judged = json.loads(gate.read_text())
    judged["criteria"][0] |= {"passed": False, "value": "0.4321", "holds": holds}
    gate.write_text(json.dumps(judged | {"verdict": verdict}))
    with chdir(tmp_path / "tiny"):
        assert invoke("report").stdout == "open reports/report.html in a browser\n"
    page = (tmp_path / "tiny/reports/report.html").read_text()
    assert "0.4321" in page.partition("<details>")[0]
    assert said in html.unescape(page)


def test_the_same_reports_give_the_same_bytes(folder: Path, drawn: tuple[set[str], str]) -> None:
    pictures = {path: path.read_bytes() for path in folder.glob("reports/pictures/*")}
    assert report(folder) == drawn
    assert pictures == {path: path.read_bytes() for path in folder.glob("reports/pictures/*")}


def test_the_graph_leaves_out_what_is_implied() -> None:
    text = """
stages:
  a: {cmd: a, outs: [data/a.parquet]}
  b: {cmd: b, matrix: {table: [x, y]}, deps: [data/a.parquet], outs: ["data/${item.table}.csv"]}
  c: {cmd: c, deps: [data], params: [e.json: [x]], metrics: [{m.json: {cache: false}}]}
  e: {cmd: e, outs: [e.json]}
"""
    assert pipeline.stages(text) == {"a": set(), "b": {"a"}, "c": {"b", "e"}, "e": set()}
    assert "b (2 tables)" in pipeline.drawn(text)


def test_the_readme_of_the_template_draws_the_graph_of_dvc_yaml() -> None:
    needs = pipeline.stages((tiny_sample.SHIPPED / "dvc.yaml").read_text())
    _, _, text = (tiny_sample.SHIPPED.parent / "README.md").read_text().partition("```mermaid\n")
    graph, _, _ = text.partition("```")
    chains = [
        re.split(r" (?:-- .+? )?--> | -\. .+? \.-> ", line.strip()) for line in graph.splitlines()
    ]
    arrows = {arrow for chain in chains for arrow in itertools.pairwise(chain)}
    drawn = {(a, b) for a, b in arrows if {a, b} <= needs.keys()}
    assert drawn == {(before, name) for name, found in needs.items() for before in found}


def test_a_card_is_set_below_the_headings_of_the_page_with_links_that_work() -> None:
    text = (
        "# Card\n\n## Use\n\n[other](data-card.md), [page](gate.md#x) <b>\n\n| a |\n|--:|\n| 1 |\n"
    )
    found = cards.html(text)
    assert "<h3>Use</h3>" in found
    assert 'href="#data-card"' in found
    assert 'href="../docs/gate.md#x"' in found
    assert "&lt;b&gt;" in found
    assert "</table></div>" in found
    assert "<h1" not in found
