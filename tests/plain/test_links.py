"""The links on the template's pages have targets."""

import re
from pathlib import Path

import pytest
from pages import anchors

TEMPLATE = Path(__file__).parents[2]
PAGES = [*TEMPLATE.glob("*.md"), *TEMPLATE.glob("docs/**/*.md")]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: str(page.relative_to(TEMPLATE)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = LINK.findall(CODE.sub("", page.read_text()))
    wrong = [f"{path}#{anchor}" for path, anchor in links if not leads(page, path, anchor)]
    assert wrong == []


def leads(page: Path, path: str, anchor: str) -> bool:
    """Return whether a link of a page has its target."""
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text()))
