"""Every version of the changelog has its commit in VERSIONS, and the first commands need no tag."""

import re
import subprocess

import pytest
from pages import blocks
from project import TEMPLATE
from updates import versions

CHANGELOG = (TEMPLATE / "CHANGELOG.md").read_text()
HEADINGS = re.findall("(?m)^## (.+)$", CHANGELOG)


def test_the_changelog_begins_with_what_is_unreleased_and_dates_every_version() -> None:
    first, *released = HEADINGS
    assert first == "Unreleased"
    assert released
    assert [
        line for line in released if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", line)
    ] == []


def test_every_version_of_the_changelog_has_its_commit() -> None:
    numbers = [line.split(" ")[0] for line in HEADINGS[1:]]
    unreleased = CHANGELOG.partition("## Unreleased\n")[2].partition("\n## ")[0].strip()
    # The commit of a version cannot name itself; what follows it has to.
    recorded = numbers if unreleased or numbers[0] in versions() else numbers[1:]
    assert list(versions()) == recorded
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in versions().values())


@pytest.mark.parametrize("commit", versions().values())
def test_this_history_holds_the_commit_of_every_version(commit: str) -> None:
    command = ["git", "merge-base", "--is-ancestor", commit, "HEAD"]
    done = subprocess.run(command, cwd=TEMPLATE, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}: a shallow clone needs `git fetch --unshallow`"


@pytest.mark.parametrize("page", ["README.md", "docs/tour.md"])
def test_the_first_commands_of_a_page_need_no_tag(page: str) -> None:
    commands = "\n".join(blocks((TEMPLATE / page).read_text()))
    assert "cookiecutter gh:org/ds-template" in commands
    assert "--checkout" not in commands
