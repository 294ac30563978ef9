"""The site of a project: built strictly with and without cards, complete, and without a network."""

import json
import queue
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from project import SOURCE, make

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ADDED = {"index", "reference", "report", "model-card", "data-card"}  # by the hook
PHONE = 360  # pixels

# Opens each page in a frame as wide as a phone; sends what that loaded, and how wide it became.
READER = """<!doctype html><title>reader</title><script type="module">
const found = {}
for (const page of PAGES) {
  const frame = document.createElement("iframe")
  frame.width = PHONE
  frame.src = page
  document.body.append(frame)
  await new Promise(loaded => { frame.onload = loaded })
  await new Promise(settled => setTimeout(settled, 100))
  const loads = frame.contentWindow.performance.getEntriesByType("resource").map(each => each.name)
  found[page] = [frame.contentDocument.documentElement.scrollWidth, loads]
  frame.remove()
}
await fetch("/found", { method: "POST", body: JSON.stringify(found) })
</script><body></body>"""


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
def opened(
    site: Path, sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, list[str]]]:
    """Open every page, and the report, in Chromium; return how wide each is and what it loaded."""
    if not CHROMIUM:
        pytest.skip("needs Chromium, which .ci/run installs")
    root = shutil.copytree(site, tmp_path_factory.mktemp("read") / "site")
    shutil.copy(sample / "reports/report.html", root / "of-the-pipeline.html")
    pages = [f"/{path.relative_to(root)}" for path in sorted(root.rglob("*.html"))]
    reader = READER.replace("PAGES", json.dumps(pages)).replace("PHONE", str(PHONE))
    (root / "reader.html").write_text(reader)
    with serve(root) as (address, found):
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=800,900"]
        profile = f"--user-data-dir={root.parent / 'profile'}"
        with subprocess.Popen(
            [CHROMIUM, *options, profile, "--remote-debugging-port=0", f"{address}/reader.html"],
            stderr=subprocess.DEVNULL,
        ) as browser:
            try:
                result: dict[str, tuple[int, list[str]]] = found.get(timeout=180)
            finally:
                browser.terminate()
    assert list(result) == pages
    return result


@contextmanager
def serve(root: Path) -> "Iterator[tuple[str, queue.Queue[Any]]]":
    """Serve a folder on loopback, and queue the posted bodies."""
    found: queue.Queue[Any] = queue.Queue()

    class Handler(SimpleHTTPRequestHandler):
        def do_POST(self) -> None:
            found.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()


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


def test_chromium_loads_nothing_from_elsewhere(opened: dict[str, tuple[int, list[str]]]) -> None:
    loaded = {name for _, names in opened.values() for name in names}
    assert loaded
    assert not [name for name in loaded if not name.startswith(("http://127.0.0.1:", "data:"))]


def test_no_page_scrolls_sideways_on_a_phone(opened: dict[str, tuple[int, list[str]]]) -> None:
    assert {page: width for page, (width, _) in opened.items() if width > PHONE} == {}


def test_the_site_shows_the_verdict_and_the_plots(site: Path) -> None:
    report = (site / "report.html").read_text()
    assert "compared with no champion" in report
    assert '<img alt="ROC curve" src="pictures/roc.svg"' in report
