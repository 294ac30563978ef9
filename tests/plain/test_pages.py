"""Every shell block of the docs is run by a test."""

from pages import blocks
from project import SOURCE, TEMPLATE

# The test that runs the blocks of a page; the template's own in its folder, a project's by its name.
RUN_BY = {
    "README.md": "test_demo.py",  # its other command is what runs this test
    "docs/tour.md": "test_tour.py",
    "docs/updating.md": "../updates.py",
    "project/README.md": "test_checks.py",
    "project/docs/experiments.md": "test_experiments.py",
    "project/docs/gate.md": "test_release.py",
    "project/docs/image.md": "image/test_serve.py",
    "project/docs/own-data.md": "test_own_data.py",
    "project/docs/prediction.md": "test_prediction.py",
    "project/docs/releases.md": "test_release.py",
    "project/docs/runbook.md": "test_runbook.py",
    "project/docs/serving.md": "test_serving.py",
}


def test_every_page_with_shell_blocks_is_run_by_a_test() -> None:
    pages = {
        f"{name}{page.relative_to(folder)}": page.read_text()
        for name, folder in (("", TEMPLATE), ("project/", SOURCE))
        for page in (*folder.glob("*.md"), *folder.glob("docs/**/*.md"))
    }
    assert {name for name, text in pages.items() if blocks(text)} == RUN_BY.keys()


def test_these_tests_read_these_pages() -> None:
    for page, test in RUN_BY.items():
        text = (TEMPLATE / "tests/build" / test).read_text()
        assert page == "README.md" or page.removeprefix("project/") in text


def test_no_shell_block_hides_behind_another_name() -> None:
    pages = [*TEMPLATE.glob("*.md"), *TEMPLATE.glob("docs/*.md"), *SOURCE.glob("**/*.md")]
    names = ("bash", "console", "shell", "zsh")
    assert not [page for page in pages for name in names if blocks(page.read_text(), name)]
