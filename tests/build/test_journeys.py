"""From a generated project to the service's answer and its outcome, with own tables.

docs/own-data.md is followed: the churn journey runs the blocks of its second half. The journeys
are a binary task, a regression, and three classes with text as labels from a CSV. Each journey
prints how many files and lines were edited, and the minutes of its commands (seen with -n 0).
"""

import json
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import blocks, section, serving
from project import TEMPLATE, run, venv
from shell import begin, say, variables

CASES = TEMPLATE / "tests/journeys"
PLACES = {".py": "src/flight_delays/data", ".yaml": ".", ".md": "docs"}
TABLES = {
    "churn": ["customers", "invoices", "tickets"],
    "sales": ["plan", "sales"],
    "flats": ["flats"],
}
ENDINGS = {"flats": "csv"}
OPTIONS = {"flats": " --date-format %d.%m.%Y"}
SECOND = "Several tables, history and groups"
UPCOMING = "build/upcoming.parquet"
JOINED = """
    SELECT score, predictions.label, outcomes.label, outcome
    FROM predictions JOIN outcomes USING (unit)
"""
MOST_LINES, FEWEST_UPCOMING = 300, 50


@dataclass
class Journey:
    """A project with the tables of one case, what was edited, and the minutes it took."""

    case: str
    folder: Path
    edited: list[list[str]]  # lines added, lines removed, file
    minutes: float

    def read(self, table: str, *columns: str) -> list[dict[str, object]]:
        """Return columns of a Parquet file, or all of them, as the environment's Polars does."""
        program = "import sys, polars; path, *columns = sys.argv[1:]"
        program += "; print(polars.read_parquet(path, columns=columns or None).write_json())"
        read = [str(venv() / "bin/python"), "-c", program, table, *columns]
        rows: list[dict[str, object]] = json.loads(run(read, self.folder))
        return rows


def page(folder: Path) -> str:
    """Return the guide."""
    return (folder / "docs/own-data.md").read_text()


def for_case(block: str, case: str) -> str:
    """Return a block of the page for the tables of a case, of which only churn has customers."""
    for mark in (" ", ", "):
        block = block.replace(mark.join(TABLES["churn"]), mark.join(TABLES[case]))
    if case != "churn":
        block = block.replace("data sample customer", "data sample")
    ending = ENDINGS.get(case, "parquet")
    return block.replace('.parquet" --name', f'.{ending}"{OPTIONS.get(case, "")} --name')


def edit(folder: Path, case: str) -> None:
    """Write the files of the case over those of the stripped project."""
    for path in (CASES / case).iterdir():
        if path.name != "tables.py":
            shutil.copyfile(path, folder / PLACES[path.suffix] / path.name)


@pytest.fixture(scope="module")
def stripped(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take the example out of a project, as the page says."""
    folder = begin(project, tmp_path_factory.mktemp("stripped"))
    say(folder, blocks(page(folder))[0], {})
    say(folder, "git add --all; git commit --quiet --message stripped", {})
    return folder


@pytest.fixture(scope="module", params=list(TABLES))
def journey(
    request: pytest.FixtureRequest, stripped: Path, tmp_path_factory: pytest.TempPathFactory
) -> Journey:
    """Make the journey of one case, up to the scores of future rows."""
    case, started = request.param, time.monotonic()
    folder = tmp_path_factory.mktemp(case) / "flight-delays"
    shutil.copytree(stripped, folder, symlinks=True)
    own = {"FOLDER": str(folder.parent), "SOURCE": "a test"}
    run([str(venv() / "bin/python"), str(CASES / case / "tables.py"), own["FOLDER"]], folder)
    second = blocks(section(page(folder), SECOND))
    say(folder, for_case(second[1], case), own)
    say(folder, "git add --all; git commit --quiet --message tables", {})
    edit(folder, case)
    edited = say(folder, "git add --all --intent-to-add; git diff --numstat", {}).splitlines()
    fit = blocks(section(page(folder), "4. Run"))[0]
    for block in (fit.replace("make repro", "dvc repro"), second[2]):
        say(folder, block, {})
    minutes = (time.monotonic() - started) / 60
    return Journey(case, folder, [line.split("\t") for line in edited], minutes)


def test_few_files_and_lines_are_edited(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = sum(int(added) for added, _, _ in journey.edited)
    with capsys.disabled():
        print(
            f"\n{journey.case}: {len(journey.edited)} files, {lines} lines edited,"
            f" {journey.minutes:.1f} minutes of commands"
        )
    assert len(journey.edited) == 6 + len(TABLES[journey.case])
    assert lines < MOST_LINES


def test_the_gate_accepts_the_model(journey: Journey) -> None:
    verdict = json.loads((journey.folder / "reports/gate.json").read_text())
    assert verdict["verdict"] == "accepted", verdict


def test_the_scores_are_of_the_rows_without_a_label(journey: Journey) -> None:
    scored = {row["key"] for row in journey.read(UPCOMING, "key")}
    labelled = {row["key"] for row in journey.read("data/rows.parquet", "key")}
    assert len(scored) >= FEWEST_UPCOMING
    assert scored & labelled == set()


def test_the_service_answers_a_key_as_the_batch_does_and_the_log_gets_its_outcome(
    journey: Journey,
) -> None:
    ask = blocks(section(page(journey.folder), SECOND))[3]
    with serving(journey.folder, variables=variables(journey.folder)):
        (answer,) = json.loads(say(journey.folder, ask, {}))["predictions"]
    assert [answer] == journey.read(UPCOMING)[-1:]
    happened = journey.read("data/rows.parquet", "target")[0]["target"]
    (journey.folder / "build/outcomes.csv").write_text(f"key,target\n{answer['key']},{happened}\n")
    say(journey.folder, "flight-delays outcomes build/outcomes.csv", {})
    with closing(sqlite3.connect(journey.folder / "predictions.sqlite")) as log:
        ((score, label, *became),) = log.execute(JOINED).fetchall()
    assert (score, label) == (answer["score"], answer.get("label"))
    assert [each for each in became if each is not None] == [happened]


def test_the_page_shows_what_the_churn_journey_writes() -> None:
    text = section(
        (TEMPLATE / "{{cookiecutter.project_slug}}/docs/own-data.md").read_text(), SECOND
    )
    files = "".join(path.read_text() for path in (CASES / "churn").iterdir())
    shown = blocks(text, "text") + blocks(text, "yaml")
    assert len(shown) == 4
    assert [block for block in shown if block not in files] == []
