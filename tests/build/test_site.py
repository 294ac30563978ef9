"""The site of a project: strict with and without cards, complete, offline, and fit for everybody."""

import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from browser import PHONE, Seen, look
from project import SOURCE, make

ADDED = {"index", "reference", "report", "model-card", "data-card"}  # by the hook


class Page(HTMLParser):
    """The links, resources and anchors of a page of HTML."""

    def __init__(self, path: Path) -> None:
        """Read the page at `path`."""
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the links and anchors of one tag."""
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                (self.links if tag == "a" else self.loads).add(value)


@pytest.fixture(scope="module")
def site(sample: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site of a project with its cards."""
    copy = shutil.copytree(
        project, tmp_path_factory.mktemp("site") / "project", ignore=shutil.ignore_patterns("build")
    )
    for card in ("model-card.md", "data-card.md"):
        shutil.copy(sample / "docs" / card, copy / "docs")
    shutil.copytree(sample / "reports", copy / "reports", dirs_exist_ok=True)
    make(copy, "docs")
    return copy / "build/site"


@pytest.fixture(scope="module")
def opened(site: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Open every page of the site, and the report, in Chromium."""
    root = shutil.copytree(site, tmp_path_factory.mktemp("read") / "site")
    shutil.copy(sample / "reports/report.html", root / "of-the-pipeline.html")
    return look(root)


def test_the_site_can_be_built_before_the_pipeline_has_run(project: Path) -> None:
    make(project, "docs")
    assert "make repro" in (project / "build/site/model-card.html").read_text()


def test_the_site_begins_with_the_readme_and_shows_the_cards(site: Path) -> None:
    assert "The pipeline" in (site / "index.html").read_text()
    assert "How good it is" in (site / "model-card.html").read_text()


def test_every_page_of_the_project_is_in_the_site(site: Path) -> None:
    pages = {path.stem for path in (SOURCE / "docs").glob("*.md")}
    assert {path.stem for path in site.glob("*.html")} - {"404"} == pages | ADDED


def test_the_reference_documents_your_modules_and_not_the_machinery(site: Path) -> None:
    documented = Page(site / "reference.html").anchors
    assert {
        "flight_delays.data.features.features",
        "flight_delays.data.flights.flights",
    } <= documented
    assert not [name for name in documented if name.startswith("flight_delays.machinery")]


def test_no_link_is_dead(site: Path) -> None:
    pages = {path: Page(path) for path in site.rglob("*.html")}
    dead = [
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        for link in page.links | page.loads
        if not alive(link, path, pages, site)
    ]
    assert not dead


def alive(link: str, path: Path, pages: dict[Path, Page], site: Path) -> bool:
    """Return whether a link leads to a file and an anchor in it; links to other sites pass."""
    if link.startswith(("http:", "https:", "mailto:", "data:", "javascript:")):
        return True
    name, anchor = urldefrag(link)
    target = path
    if name:
        target = (
            site / name[1:] if name.startswith("/") else path.parent / unquote(name)
        ).resolve()
    target = target / "index.html" if target.is_dir() else target
    return target.exists() and (not anchor or unquote(anchor) in pages[target].anchors)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = {load for path in site.rglob("*.html") for load in Page(path).loads}
    assert not [load for load in loads if load.startswith(("http:", "https:", "//"))]


def test_chromium_loads_nothing_from_elsewhere(opened: dict[str, Seen]) -> None:
    loaded = {name for page in opened.values() for name in page.loads}
    assert loaded
    assert not [name for name in loaded if not name.startswith(("http://127.0.0.1:", "data:"))]


def test_no_page_scrolls_sideways_on_a_phone(opened: dict[str, Seen]) -> None:
    assert {name: page.width for name, page in opened.items() if page.width > PHONE} == {}


def test_axe_finds_nothing_serious_on_any_page(opened: dict[str, Seen]) -> None:
    assert {name: page.serious for name, page in opened.items() if page.serious} == {}


def test_the_site_shows_the_verdict_and_the_plots(site: Path) -> None:
    report = (site / "report.html").read_text()
    assert "compared with no champion" in report
    assert '<img alt="ROC curve" src="pictures/roc.svg"' in report
