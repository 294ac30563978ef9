"""Chooses the threshold by the costs that the example's use case names, and compares it with 0.25.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/costs.py build/demo/flight-delays`.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import polars as pl

COSTS = {"0": {"1": 1.0}, "1": {"0": 3.0}}  # a false alarm, and a missed late flight
BY_HAND = 0.25


def main(project: Path) -> None:
    """Print the cheapest threshold on validation, and costs per 1,000 rows of the test part."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    machinery = f"{package}.machinery"
    known = import_module(f"{package}.project").PROJECT
    costs = import_module(f"{machinery}.model.costs")
    expected = import_module(f"{machinery}.model.expected")
    load = import_module(f"{machinery}.model.artifact").load
    model = load(Path("models/candidate"), known.features_version)
    held, test = (pl.read_parquet(f"data/split/{part}.parquet") for part in ("validation", "test"))
    matrix = costs.matrix(COSTS, [])
    chosen = costs.cheapest(held["target"].to_numpy(), model.score(held), matrix)
    settings = import_module(f"{machinery}.params").load(known.params).evaluate
    score = pl.Series(model.score(test), dtype=pl.Float64)
    decided = {
        "model": (score >= chosen).to_numpy(),
        str(BY_HAND): (score >= BY_HAND).to_numpy(),
        "always": (score >= 0).to_numpy(),
        "never": (score > 1).to_numpy(),
    }
    manifest = model.manifest.model_copy(update={"costs": COSTS})
    found = expected.compared(manifest, test, decided, settings=settings)
    print(f"cheapest threshold on validation: {chosen:g}")
    for name, measured in found.models.items():
        cost, less = measured["cost"], found.difference_to.get(name, {}).get("cost")
        apart = (
            f", model minus this {less.value:.1f} ({less.low:.1f} to {less.high:.1f})"
            if less
            else ""
        )
        print(f"{name:8}{cost.value:8.1f} ({cost.low:.1f} to {cost.high:.1f}){apart}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
