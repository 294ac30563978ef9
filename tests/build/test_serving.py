"""What the page about the service says works, block by block."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from project import run, venv

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def served(project: Path, sample: Path, tmp_path: Path) -> Path:
    """Bring together the project and the sample's model."""
    folder = Path(shutil.copytree(project, tmp_path / "served", symlinks=True))
    shutil.copytree(sample / "models", folder / "models", dirs_exist_ok=True)
    return folder


def test_every_block_of_the_page_works(served: Path) -> None:
    start, *blocks = BLOCK.findall((served / "docs/serving.md").read_text())
    assert start == "make serve\n"
    environment = os.environ | {"PYTHONPATH": str(served / "src")}
    server = subprocess.Popen(
        ["make", "serve", f"VENV={venv()}"], cwd=served, env=environment, start_new_session=True
    )
    try:
        wait_until_ready(served)
        for block in blocks:
            run(["bash", "-euc", f"mkdir -p build\n{block}"], served)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    count = "import sqlite3; print(*sqlite3.connect('predictions.sqlite').execute("
    count += "'SELECT count(*) FROM predictions').fetchone())"
    assert run([str(venv() / "bin/python"), "-c", count], served).strip() == "1"


def wait_until_ready(folder: Path) -> None:
    """Wait until the service answers."""
    ask = ["curl", "--silent", "--fail", "http://127.0.0.1:8000/health/ready"]
    deadline = time.monotonic() + 60
    while subprocess.run(ask, cwd=folder, check=False, capture_output=True).returncode:
        assert time.monotonic() < deadline, "the service did not become ready"
        time.sleep(0.2)
