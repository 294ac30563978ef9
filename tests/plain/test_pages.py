"""Every shell block of the docs is run by a test."""

import re

import pytest
from pages import blocks, section
from project import SOURCE, TEMPLATE

# The tests that run the blocks of a page; a project's pages begin with "project/".
RUN_BY = {
    "README.md": ["test_demo.py"],  # its other command runs this test
    "docs/notebook.md": ["test_notebook.py"],
    "docs/tour.md": ["test_tour.py"],
    "docs/updating.md": ["../updates.py"],
    "project/README.md": ["test_checks.py"],
    "project/docs/experiments.md": ["test_experiments.py"],
    "project/docs/operations.md": ["test_release.py", "image/test_serve.py"],
    "project/docs/own-data.md": ["test_own_data.py", "test_journeys.py"],
    "project/docs/prediction.md": ["test_prediction.py", "test_serving.py"],
    "project/docs/runbook.md": ["test_runbook.py"],
}
# If two tests share a page, each runs the sections that it names.
SECTIONS = {
    "project/docs/operations.md": ["Releases", "Roll back", "Images"],
    "project/docs/prediction.md": ["Files", "Databases", "What really happened", "The service"],
}
HAND_WRITTEN = 8  # pages at most in a project's docs/


def test_every_page_with_shell_blocks_is_run_by_a_test() -> None:
    pages = {
        f"{name}{page.relative_to(folder)}": page.read_text()
        for name, folder in (("", TEMPLATE), ("project/", SOURCE))
        for page in (*folder.glob("*.md"), *folder.glob("docs/**/*.md"))
    }
    assert {name for name, text in pages.items() if blocks(text)} == RUN_BY.keys()


def test_these_tests_read_these_pages() -> None:
    for page, tests in RUN_BY.items():
        for test in tests:
            text = (TEMPLATE / "tests/build" / test).read_text()
            assert page == "README.md" or page.removeprefix("project/") in text


@pytest.mark.parametrize("page", SECTIONS)
def test_every_section_with_shell_blocks_is_run_by_one_of_the_tests(page: str) -> None:
    text = (SOURCE / page.removeprefix("project/")).read_text()
    titles = re.findall("(?m)^## (.+)$", text)
    assert [title for title in titles if blocks(section(text, title))] == SECTIONS[page]
    tests = [(TEMPLATE / "tests/build" / test).read_text() for test in RUN_BY[page]]
    assert [title for title in SECTIONS[page] if f'"{title}"' not in "".join(tests)] == []


def test_a_project_has_few_pages_to_read() -> None:
    assert len(list((SOURCE / "docs").glob("**/*.md"))) <= HAND_WRITTEN


def test_no_shell_block_hides_behind_another_name() -> None:
    pages = [*TEMPLATE.glob("*.md"), *TEMPLATE.glob("docs/**/*.md"), *SOURCE.glob("**/*.md")]
    names = ("bash", "console", "shell", "zsh")
    assert not [page for page in pages for name in names if blocks(page.read_text(), name)]
