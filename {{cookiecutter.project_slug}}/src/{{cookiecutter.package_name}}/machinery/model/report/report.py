"""The stage `report`: pictures, and one page that says what was measured and what to do next."""

import json
from collections.abc import Iterator
from pathlib import Path

from ... import page
from ...files import scan_table, write_folder, write_text
from ...page import Html
from ...project import Project
from ..card import measured
from ..evaluation import Evaluation
from ..verdict import Criterion, Verdict, parse
from . import advice, cards, history, pictures, pipeline
from .pictures import Measured, Picture

# Not a dependency of the stage, because DVC refuses its own file as one.
GRAPH = Path("dvc.yaml")
REPORTS, DOCS, ROWS = Path("reports"), Path("docs"), Path("data/rows.parquet")
PICTURES, PAGE = REPORTS / "pictures", REPORTS / "report.html"
KINDS = {"accepted": "good", "refused": "bad"}
PIPELINE, NUMBERS = "Pipeline", pictures.GOOD


def draw(project: Project, reports: Path, rows: Path) -> Iterator[Picture]:
    """Yield every picture that this project's task and data have."""
    yield from pictures.pictures(Measured(reports))
    split = json.loads((reports / "split.json").read_text(encoding="utf-8"))
    yield from history.pictures(scan_table(rows), project.row, split)
    if GRAPH.is_file():
        graph = pipeline.drawn(GRAPH.read_text(encoding="utf-8"))
        words = "A stage runs again when what it reads, its code or its parameters change."
        yield Picture("pipeline", PIPELINE, words, graph)


def criteria(found: list[Criterion]) -> Html:
    """Return a table of criteria."""
    head = ("criterion", "result", "value", "limit", "why")
    kinds = {"pass": "good", "REFUSE": "bad"}
    marks = [page.badge(each.mark.lower(), kinds.get(each.mark, "warn")) for each in found]
    return page.table(
        head,
        [
            (each.name, mark, each.value, each.limit, each.why)
            for each, mark in zip(found, marks, strict=True)
        ],
    )


def verdict(found: Verdict) -> Html:
    """Return what the gate says, with the criteria that the model misses, and all on demand."""
    said = page.badge(found.verdict, KINDS.get(found.verdict, "warn"))
    missed = [each for each in found.criteria if not each.passed]
    return Html(
        page.paragraph("The gate's verdict:", said, f"{advice.meaning(found)}")
        + (criteria(missed) if missed else "")
        + page.folded(f"All {len(found.criteria)} criteria", criteria(found.criteria))
    )


def numbers(found: Evaluation) -> Html:
    """Return the metrics of the model and its baselines."""
    overall, test = found.overall, found.test
    names = list(overall.models)
    rows = [
        (metric, *(measured(overall.models[name][metric]) for name in names))
        for metric in overall.models["model"]
    ]
    when = f" from {test.first} to {test.last}" if test.first else ""
    return Html(
        page.paragraph(
            f"Measured on {test.rows:,} test rows{when}, which no model learned from. Models are"
            f" compared first by `{found.model.headline}`; brackets hold the 95 % interval."
        )
        + page.table(("metric", *names), rows, numbers=range(1, len(names) + 1))
    )


def text(project: Project, reports: Path, docs: Path, drawn: list[Picture]) -> str:
    """Return the page as HTML."""
    found = Measured(reports).evaluation
    judged = parse((reports / "gate.json").read_text(encoding="utf-8"), f"{reports}/gate.json")
    parts = {"Verdict": verdict(judged), "What to do next": advice.steps(judged)}
    for each in drawn:
        before = numbers(found) if each.part == NUMBERS and NUMBERS not in parts else Html("")
        parts.setdefault(each.part, before)
    for part in {each.part: None for each in drawn}:
        own = {each.caption: each.svg for each in drawn if each.part == part}
        parts[part] = Html(parts[part] + page.figures(own))
    for name in ("model-card", "data-card"):
        card = cards.html((docs / f"{name}.md").read_text(encoding="utf-8"))
        parts[name.replace("-", " ").capitalize()] = page.folded("Show it", card)
    days = f", measured on {found.test.first} to {found.test.last}" if found.test.first else ""
    return page.page(
        f"{project.package or 'model'}: report",
        parts,
        lead=f"Model `{judged.model[:12]}`, {found.model.task}{days}.",
        foot="The stage `report` writes this page; it is one file, so you can pass it on.",
    )


def main(project: Project, reports: Path, docs: Path, rows: Path, folder: Path) -> None:
    """Write the pictures to `folder`, and the page next to it, which DVC does not track."""
    drawn = list(draw(project, reports, rows))

    def fill(part: Path) -> None:
        for each in drawn:
            write_text(each.svg, part / f"{each.name}.svg")

    write_folder(fill, folder)
    write_text(text(project, reports, docs, drawn), folder.with_name(PAGE.name))


def again(project: Project) -> Path:
    """Write pictures and page of what the reports say now, also of a refused model."""
    main(project, REPORTS, DOCS, ROWS, PICTURES)
    return PAGE
