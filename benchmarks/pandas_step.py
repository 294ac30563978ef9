"""Measures what a cleaning step in pandas costs compared with Polars, on the year of flights.

The step is the one in a project's docs/data.md, and the project's environment needs what that page
says: `.venv/bin/python benchmarks/pandas_step.py PROJECT`.
"""

import re
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

BLOCK = re.compile(
    r"^## A cleaning step in pandas$.*?^```python$\n(.*?)^```$", re.DOTALL | re.MULTILINE
)


def seconds(step: Callable[[pl.DataFrame], pl.DataFrame], rows: pl.DataFrame) -> float:
    """Return the shortest of five runs."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        step(rows)
        taken.append(time.perf_counter() - start)
    return min(taken)


def main(project: Path) -> None:
    """Measure and print; fail when the two give different tables."""
    (package,) = (project / "src").glob("*/__init__.py")
    sys.path.insert(0, str(project / "src"))
    module = import_module(f"{package.parent.name}.data.flights")
    found = BLOCK.search((project / "docs/data.md").read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"error: {project}/docs/data.md holds no cleaning step in pandas")
    written: dict[str, Any] = dict(vars(module))
    exec(found[1], written)  # noqa: S102 - the page is the project's own
    rows = pl.read_parquet(project / "data/external/flights.parquet")
    if not module.flights(rows).equals(written["flights"](rows)):
        sys.exit("error: the step in pandas gives another table")
    polars, pandas = seconds(module.flights, rows), seconds(written["flights"], rows)
    print(f"{rows.height:,} flights: Polars {polars:.2f} s, pandas {pandas:.2f} s")
    print(f"ratio {pandas / polars:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
