"""Runs the tests, each in the environment that it needs, and reports the time of each part.

`run.py [PATH ...] [OPTION ...]`: the options go to every pytest. The tests of the machinery run in
a project's environment: all of them on the default Python, most of them on the oldest and newest.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from environments import BUILD, PYTHONS, TEMPLATE, base, default, interpreter, xdist

MACHINERY = "tests/machinery"
# The cheapest first.
PARTS = ("tests/plain", MACHINERY, "tests/render", "tests/build")
# Minutes of DVC, Git, servers and databases, which hardly depend on the Python: the default alone.
DEFAULT_ONLY = (
    "data/test_external.py",
    "data/test_new_month.py",
    "data/test_origins.py",
    "data/test_refresh.py",
    "model/registry",
    "model/test_report.py",
    "monitoring/test_accuracy.py",
    "monitoring/test_experiment_pause.py",
    "monitoring/test_experiment_read.py",
    "notebook",
    "prediction/batch/test_database.py",
    "prediction/batch/test_outcomes.py",
    "prediction/test_tables.py",
    "prediction/service/test_by_key.py",
    "prediction/service/test_contract.py",
    "prediction/service/test_durability.py",
    "prediction/service/test_pause.py",
    "prediction/service/test_postgres.py",
    "prediction/service/test_reload.py",
    "scheduler",
    "test_columns.py",
    "test_drawing.py",
)
# What holds on both ends holds between; tests/build runs the sample on every Python.
OLDEST_AND_NEWEST = (PYTHONS[-1], PYTHONS[0])
NO_TESTS = 5  # the status of pytest where its options select none


@dataclass
class Run:
    """The paths for one run of pytest, and its Python."""

    name: str
    paths: list[str]
    python: str = sys.executable
    processes: int = 3  # tests wait for programs and services much of their time
    variables: dict[str, str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Run the given paths, or everything, and return 1 if anything failed."""
    paths = [each for each in arguments if each.startswith("tests")]
    options = [each for each in arguments if each not in paths]
    spent = (each.split("=") for each in os.environ.get("SPENT", "").split())  # by .ci/run, before
    seconds = {name: float(number) for name, number in spent}
    failed = []
    counts: Counter[str] = Counter()
    for run in runs(paths or list(PARTS)):
        print(f"\n== {run.name}", flush=True)
        start = time.monotonic()
        status, count = pytest(run, options)
        seconds[run.name] = time.monotonic() - start
        counts.update(count)
        if status and not (status == NO_TESTS and options):
            failed.append(run.name)
            if "-x" in options:
                break
    print_seconds(seconds, failed)
    said = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    print(f"== {said or 'no tests ran'} in {sum(seconds.values()):.0f}s ==")
    return 1 if failed else 0


def print_seconds(seconds: dict[str, float], failed: list[str]) -> None:
    """Print how long each part took, and mark those that failed."""
    print("\n== seconds by part")
    for name, took in seconds.items():
        print(f"{took:7.0f}  {name}{'  FAILED' if name in failed else ''}")


def runs(paths: list[str]) -> Iterator[Run]:
    """Yield the runs for the given paths, in their order."""
    for part in PARTS:
        of_part = [path for path in paths if path.rstrip("/") == "tests" or path.startswith(part)]
        of_part = [part if path.rstrip("/") == "tests" else path for path in of_part]
        if of_part and part == MACHINERY:
            yield from on_each_python(of_part)
        elif of_part:
            yield Run(part, of_part, processes=4 if part == "tests/build" else 3)


def on_each_python(paths: list[str]) -> Iterator[Run]:
    """Yield the runs of machinery's tests."""
    whole = [path.rstrip("/") for path in paths] == [MACHINERY]
    others = [version for version in OLDEST_AND_NEWEST if version != default()] if whole else []
    for version in (default(), *others):
        if interpreter(version):
            python = str(base(version) / "bin/python")
            variables = {"PYTHONPATH": str(xdist())}
            less = (
                []
                if version == default()
                else [f"--ignore={MACHINERY}/{each}" for each in DEFAULT_ONLY]
            )
            name = f"{MACHINERY} on Python {version}"
            yield Run(name, [*paths, *less], python, variables=variables)
        else:
            print(f"\n{MACHINERY} needs Python {version}, which .ci/run installs where it can")


def pytest(run: Run, options: list[str]) -> tuple[int, dict[str, int]]:
    """Run pytest in several processes; return its status, and how many tests passed, failed, …."""
    counts = BUILD / "counts.json"
    counts.unlink(missing_ok=True)
    # By file, as the tests of one share fixtures; xdist 3.8 ignores its groups with pytest 9.2.
    workers = [f"--numprocesses={run.processes}", "--dist=loadfile", "--no-loadscope-reorder"]
    command = [run.python, "-m", "pytest", *workers, *run.paths, *options]
    own = {"PYTHONDONTWRITEBYTECODE": "1", "COUNTS": str(counts)}
    done = subprocess.run(command, cwd=TEMPLATE, env=os.environ | own | run.variables, check=False)
    return done.returncode, json.loads(counts.read_text()) if counts.exists() else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
