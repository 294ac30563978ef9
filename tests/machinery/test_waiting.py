"""A long command shows on a terminal that it runs, and nothing in a log."""

import os
import pty
import subprocess
import sys

SCRIPT = """
import time
from machinery import waiting
waiting.QUIET = 1
with waiting.waiting("stage x"):
    time.sleep(2.5)
"""


def test_seconds_are_shown_on_a_terminal() -> None:
    main, terminal = pty.openpty()
    subprocess.run([sys.executable, "-c", SCRIPT], stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(main, 1000)
    os.close(main)
    assert shown.startswith(b"stage x: 1 s \x1b[K\rstage x: 2 s")
    assert shown.endswith(b"\x1b[K")


def test_a_progress_bar_takes_the_place_of_the_seconds() -> None:
    main, terminal = pty.openpty()
    within = SCRIPT.replace("    time", "    with waiting.instead():\n        time")
    subprocess.run([sys.executable, "-c", within], stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(main, 1000)
    os.close(main)
    assert shown == b"\x1b[K"


def test_nothing_is_shown_elsewhere() -> None:
    run = [sys.executable, "-c", SCRIPT]
    assert subprocess.run(run, capture_output=True, check=True).stderr == b""
