"""Opens pages in Chromium, as wide as a phone: what they load, how wide they are, what axe finds."""

import json
import queue
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
AXE = Path(__file__).parents[1] / "build/npm/node_modules/axe-core/axe.min.js"
PHONE = 360  # pixels
SECONDS = 180

# Opens each page in a frame; sends how wide it became, what it loaded, and the faults that axe finds.
READER = """<!doctype html><title>reader</title><script type="module">
const axe = await (await fetch("/axe.min.js")).text()
const found = {}
for (const page of PAGES) {
  const frame = document.createElement("iframe")
  frame.width = PHONE
  frame.height = 900
  frame.src = page
  document.body.append(frame)
  await new Promise(loaded => { frame.onload = loaded })
  await new Promise(settled => setTimeout(settled, 100))
  const view = frame.contentWindow
  const loads = view.performance.getEntriesByType("resource").map(each => each.name)
  const width = frame.contentDocument.documentElement.scrollWidth
  view.eval(axe)
  const { violations } = await view.axe.run(frame.contentDocument, { resultTypes: ["violations"] })
  const faults = violations.map(each => [each.impact, each.id, each.nodes[0].html.slice(0, 200)])
  found[page] = { width, loads, faults }
  frame.remove()
}
await fetch("/found", { method: "POST", body: JSON.stringify(found) })
</script><body></body>"""


@dataclass(frozen=True)
class Seen:
    """How wide a page is, what it loads, and what axe finds: impact, rule and the first element."""

    width: int
    loads: list[str]
    faults: list[tuple[str, str, str]]

    @property
    def serious(self) -> list[tuple[str, str, str]]:
        """The faults that keep somebody from using the page."""
        return [fault for fault in self.faults if fault[0] in ("serious", "critical")]


def look(folder: Path, *pages: Path, width: int = PHONE) -> dict[str, Seen]:
    """Open every page of `folder` in Chromium, after `pages` were copied into it; adds files to it."""
    if not (CHROMIUM and AXE.is_file()):
        pytest.skip("needs Chromium and axe-core, which .ci/run installs")
    for page in pages:
        folder.mkdir(exist_ok=True)
        shutil.copy(page, folder)
    names = [f"/{path.relative_to(folder)}" for path in sorted(folder.rglob("*.html"))]
    reader = READER.replace("PAGES", json.dumps(names)).replace("PHONE", str(width))
    (folder / "reader.html").write_text(reader)
    shutil.copy(AXE, folder)
    with serve(folder) as (address, found):
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"]
        profile = f"--user-data-dir={folder.with_name('profile')}"
        with subprocess.Popen(
            [CHROMIUM, *options, profile, "--remote-debugging-port=0", f"{address}/reader.html"],
            stderr=subprocess.DEVNULL,
        ) as browser:
            try:
                result = found.get(timeout=SECONDS)
            finally:
                browser.terminate()
    assert list(result) == names
    return {name: Seen(**seen) for name, seen in result.items()}


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
