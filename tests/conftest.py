"""Settings for every test, in any environment."""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

# No folder that a test compares or renders gets bytecode; an environment has that of its packages.
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
# Tables of a few rows give threads nothing to share; waiting threads slow a busy machine down.
os.environ.setdefault("OMP_NUM_THREADS", "1")

OUTCOMES = ("failed", "error", "passed", "skipped", "xfailed")
SECONDS: defaultdict[str, float] = defaultdict(float)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the seconds of a file's tests, including its fixtures."""
    SECONDS[report.nodeid.split("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the time by file, and count the outcomes of the tests."""
    slow_first = sorted(SECONDS.items(), key=lambda each: -each[1])
    long = [(name, seconds) for name, seconds in slow_first if seconds >= 1]
    if long:
        terminalreporter.section("seconds by file")
    for name, seconds in long:
        terminalreporter.write_line(f"{seconds:7.0f}  {name}")
    if file := os.environ.get("COUNTS"):  # tests/run.py adds them up
        counts = {name: len(terminalreporter.stats.get(name, ())) for name in OUTCOMES}
        text = json.dumps({name: number for name, number in counts.items() if number})
        Path(file).write_text(text, encoding="utf-8")
