"""The model card and the data card, for people who decide whether to trust the model.

They come from `reports/` and `docs/` alone, which Git holds: a clone without data and model can
render them and compare. For that, evaluation.json names the model that it measured. The limits are
quoted from docs/use-case.md by their headings.
"""

import json
import logging
import math
import re
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from ..data.provenance import FOLDER, read_pointer
from ..errors import InputError
from ..files import write_text
from ..project import Project
from . import evaluation

logger = logging.getLogger(__name__)

REPORTS, DOCS = Path("reports"), Path("docs")
CARDS = ("model-card.md", "data-card.md")
UNANSWERED = "Not answered yet."  # stops a release, not a run
AGAIN = "`dvc repro --force --single-item card`"


def render(project: Project, reports: Path, docs: Path) -> dict[str, str]:
    """Return the text of each card; raise InputError when a template misses something."""
    engine = Environment(
        loader=FileSystemLoader(docs / "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  Markdown, made of the project's own files
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    engine.filters |= {"measured": measured, "cell": cell, "share": share, "shares": shares}
    known = {name: _read(reports / f"{name}.json") for name in ("data", "split")}
    known["evaluation"] = evaluation.read(reports / "evaluation.json")
    known["calibration"] = pl.read_csv(reports / "plots" / "calibration.csv").to_dicts()
    known["use_case"] = answers(docs / "use-case.md")
    known["tables"] = [table(project, pointer) for pointer in sorted(FOLDER.glob("*.dvc"))]
    try:
        return {name: engine.get_template(f"{name}.j2").render(known) for name in CARDS}
    except TemplateError as error:
        raise InputError(
            f"{docs}/templates: {error.message}: fix the template, or what it reads"
        ) from None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise InputError(f"{path} is not JSON: run `make repro`") from None


def answers(use_case: Path) -> dict[str, str]:
    """Return the text under each heading of `use_case`, without its opening question."""
    found = {}
    for section in re.split("(?m)^## ", use_case.read_text(encoding="utf-8"))[1:]:
        heading, *below = section.strip().split("\n\n")
        question, *answer = below or [""]
        if not re.fullmatch(r"\*.+\*", question):
            raise InputError(
                f"{use_case}: {heading!r} needs a *question* in one line, then answers"
            )
        found[heading] = "\n\n".join(answer) or UNANSWERED
    return found


def table(project: Project, pointer: Path) -> dict[str, Any]:
    """Return what a pointer says of its external table, with the table's name and schema if any."""
    name = pointer.with_suffix("").stem
    declared = {known.name: known for known in project.tables}
    return {**read_pointer(pointer), "name": name, "schema": declared.get(name)}


def measured(metric: evaluation.Interval) -> str:
    """Return a value and its interval, to two digits of the interval's width."""
    if metric.value is None or metric.low is None or metric.high is None:
        return "not measurable"
    width = metric.high - metric.low
    digits = max(0, 1 - math.floor(math.log10(width))) if width else 3
    value, low, high = (f"{each:z.{digits}f}" for each in (metric.value, metric.low, metric.high))
    return f"{value} ({low} to {high})"


def cell(value: Any) -> str:
    """Return `value`, escaped for a cell of a Markdown table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def share(value: float | None) -> str:
    """Return a share with three digits, if there is one."""
    return "-" if value is None else f"{value:.3f}"


def shares(classes: dict[str, float]) -> str:
    """Return the share of each class."""
    return ", ".join(f"{cell(name)} {format(value, '.1%')}" for name, value in classes.items())


def fits(
    project: Project, reports: Path = REPORTS, docs: Path = DOCS, *, sha256: str | None = None
) -> list[str]:
    """Return a sentence for each card that is not what it should be, and of the model `sha256`."""
    cards = render(project, reports, docs)
    model = evaluation.read(reports / "evaluation.json").model.sha256
    other = f"{reports} measure the model {model[:12]}, another than this: run `make repro`"
    return ([other] if sha256 not in {None, model} else []) + [
        f"{docs / name} does not fit {reports} and the pointers: run {AGAIN}"
        for name, text in cards.items()
        if not (docs / name).is_file() or (docs / name).read_text(encoding="utf-8") != text
    ]


def check(project: Project) -> list[str]:
    """Return a sentence for each card that is wrong; a project that has not run yet has none."""
    if not any(path.exists() for path in (REPORTS, *(DOCS / name for name in CARDS))):
        logger.info("no cards yet: `make repro` measures a model and writes them")
        return []
    return fits(project)


def main(project: Project, reports: Path, docs: Path) -> None:
    """Write the two cards to `docs`."""
    for name, text in render(project, reports, docs).items():
        write_text(text, docs / name)
