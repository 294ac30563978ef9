"""Compares Spark with one process, and kills its executor and its driver.

    .venv/bin/python benchmarks/spark.py build/demo/flight-delays [--rows 3400000]
        [--only speed|faults|join|database] [--url postgresql://owner@host/database]

The parts: `speed` and `faults` score rows into a folder, `join` makes rows and features of so many
flights and of ten times as many, and `database` kills a driver that writes to an empty database of
PostgreSQL, the one at --url. It makes an environment with Spark in the project's build/spark, and
needs Java 17 or 21. Figures are of whole trees of processes: CPU seconds, and memory as the kernel's
proportional share; with Spark, that of the workers, their Java and Python. A full disk is a small
file system in memory, which only root can mount.
"""

import argparse
import sys
from pathlib import Path

from on_spark.bench import Bench
from on_spark.faults import database, faults
from on_spark.join import join
from on_spark.speed import speed

PARTS = {"speed": speed, "faults": faults, "join": join, "database": database}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--rows", type=int, default=3_400_000)
    parser.add_argument("--only", choices=list(PARTS))
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    bench = Bench(given.project.resolve(), given.url)
    wanted = (
        [given.only] if given.only else [each for each in PARTS if each != "database" or given.url]
    )
    results = [PARTS[part](bench, given.rows) for part in wanted]
    sys.exit(0 if all(results) else "error: a limit is exceeded")
