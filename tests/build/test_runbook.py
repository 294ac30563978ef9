"""Each failure of the runbook is caused, shows the page's symptom, and is cured by its blocks."""

import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import failures
import outages
import pytest
from failures import Variables, sh
from pages import blocks
from project import SOURCE

PARTS = ["You see", "First", "Decide", "Fix", "Verify", "Tell"]
PAGE = (SOURCE / "docs/runbook.md").read_text()
Cause = Callable[[Path, ExitStack], Variables]


def entries(page: str) -> dict[str, dict[str, str]]:
    """Return the parts of each entry by their names, the entries by their titles."""
    texts = re.split(r"^## (.*)\n", page, flags=re.MULTILINE)[1:]
    return dict(zip(texts[::2], map(parts, texts[1::2]), strict=True))


def parts(entry: str) -> dict[str, str]:
    """Return the parts of one entry by their names."""
    texts = re.split(rf"^\*\*({'|'.join(PARTS)})\b", entry, flags=re.MULTILINE)[1:]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def block(text: str, kind: str = "sh") -> str:
    """Return the content of the fenced blocks of one kind."""
    return "\n".join(blocks(text, kind))


def pattern(symptom: str) -> str:
    """Return a pattern for a symptom, in which … matches any text."""
    words = [re.escape(word).replace("…", ".*") for word in symptom.split()]
    return r"\s+".join(words)


@pytest.fixture
def copy(released: Path, tmp_path: Path) -> Path:
    """Copy the repository with two releases, its origin and its remote."""
    return Path(shutil.copytree(released.parent, tmp_path / "all", symlinks=True)) / released.name


# Each failure, and the command that shows it.
FAILURES: dict[Cause, str] = {
    failures.bad_data_arrived: "make repro",
    failures.an_external_source_moved: "make repro",
    failures.the_pipeline_failed: "make repro",
    failures.the_gate_refused: "make repro",
    failures.the_wrong_model_was_promoted: "flight-delays model history",
    failures.the_remote_is_lost: "git clone --quiet ../origin.git ../fresh; cd ../fresh; make pull",
    failures.a_secret_leaked: 'git grep -n "$SECRET" origin/main',
    failures.the_disk_is_full: "make repro",
    outages.the_service_is_not_ready: "tail -n 3 serve.log",
    outages.latency_is_up: outages.IMPATIENT,
    outages.scores_shifted: 'curl --silent "$SERVICE/models"',
    outages.the_database_is_away: "cat serve.log",
    outages.stored_rows_are_old: outages.BY_KEY,
    outages.the_monitor_is_silent: outages.METRICS,
    outages.accuracy_fell: outages.METRICS,
    outages.a_challenger_is_worse: outages.METRICS,
}


def title(cause: Cause) -> str:
    """Return the title of the entry for a failure."""
    return cause.__name__.capitalize().replace("_", " ")


def test_every_entry_has_all_its_parts_and_a_failure_below() -> None:
    assert {name: list(entry) for name, entry in entries(PAGE).items()} == {
        title(cause): PARTS for cause in FAILURES
    }


def test_the_table_at_the_top_leads_to_every_entry() -> None:
    links = re.findall(r"^\|.*\[(.*)\]\(#(.*)\) \|$", PAGE, flags=re.MULTILINE)
    assert links == [(name, name.lower().replace(" ", "-")) for name in entries(PAGE)]


@pytest.mark.parametrize("cause", FAILURES, ids=title)
def test_a_failure_is_seen_and_cured_by_the_page(copy: Path, cause: Cause) -> None:
    entry = entries((copy / "docs/runbook.md").read_text())[title(cause)]
    with ExitStack() as stack:
        variables = cause(copy, stack)
        see_and_cure(entry, FAILURES[cause], copy, variables)


def see_and_cure(entry: dict[str, str], shown_by: str, project: Path, variables: Variables) -> None:
    """Follow an entry of the page after its failure was caused."""
    seen = sh(shown_by, project, variables).stdout
    assert re.search(pattern(block(entry["You see"], "text")), seen), seen
    first = sh(block(entry["First"]), project, variables)
    assert first.stdout  # its exit status may be the failure's
    assert sh(block(entry["Verify"]), project, variables).returncode != 0  # it is not cured yet
    fixed = sh(block(entry["Fix"]), project, variables)
    assert fixed.returncode == 0, fixed.stdout
    verified = sh(block(entry["Verify"]), project, variables)
    assert verified.returncode == 0, fixed.stdout + verified.stdout
