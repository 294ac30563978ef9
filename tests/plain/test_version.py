"""The newest version in the changelog is the one that the pages tell people to take."""

import re
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).parents[2]
CHANGELOG = (TEMPLATE / "CHANGELOG.md").read_text()
HEADINGS = re.findall("(?m)^## (.+)$", CHANGELOG)


def test_the_changelog_begins_with_what_is_unreleased_and_dates_every_version() -> None:
    first, *versions = HEADINGS
    assert first == "Unreleased"
    assert versions
    assert [
        line for line in versions if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", line)
    ] == []


@pytest.mark.parametrize("page", ["README.md", "docs/tour.md"])
def test_the_pages_name_the_newest_version(page: str) -> None:
    newest = HEADINGS[1].split(" ")[0]
    named = re.findall(r"--checkout (\S+)", (TEMPLATE / page).read_text())
    assert named
    assert set(named) == {f"v{newest}"}
