"""Pages of the docs as their readers use them: their blocks, and a running service."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from environments import BUILD, locked

PORT = BUILD / "port-8000.lock"  # whoever listens on the port that the pages name holds it
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
READY = ["curl", "--silent", "--fail", "http://127.0.0.1:8000/health/ready"]


def blocks(text: str, kind: str = "sh") -> list[str]:
    """Return the content of the fenced blocks of one kind, in their order."""
    return re.findall(rf"^```{kind}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def section(text: str, title: str) -> str:
    """Return the text of a page below a heading of the second level, up to the next one."""
    parts = dict(part.split("\n", 1) for part in re.split("(?m)^## ", text)[1:])
    return parts[title]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(text)
    }


@contextmanager
def serving(project: Path, *arguments: str, variables: dict[str, str]) -> Iterator[None]:
    """Run `make serve` until the end of the test; only one test at a time has the port."""
    with locked(PORT):
        yield from serve(project, *arguments, variables=variables)


def serve(project: Path, *arguments: str, variables: dict[str, str]) -> Iterator[None]:
    """Start `make serve`, yield once it answers, then stop it."""
    server = subprocess.Popen(
        ["make", "serve", *arguments],
        cwd=project,
        env=os.environ | variables,
        start_new_session=True,
    )
    try:
        wait_until_ready()
        assert server.poll() is None, "another service answers at the same port"
        yield
    finally:
        server.terminate()  # make alone, which passes it on
        server.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
            raise AssertionError("the service outlived make")


def wait_until_ready() -> None:
    """Wait until the service answers."""
    deadline = time.monotonic() + 60
    while subprocess.run(READY, check=False, capture_output=True).returncode:
        assert time.monotonic() < deadline, "the service did not become ready"
        time.sleep(0.2)
