"""Counts how many honest models the gate refuses, and sees that it refuses what is planted.

Run it with `make bench`, or after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/gate.py build/demo/flight-delays`.

The honest ones are trained on resampled training days, with the demo's model as the champion.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

RETRAININGS = 20
DAY = pl.col("departure").dt.date()


def resampled(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows of as many days as `rows` has, drawn with replacement."""
    days = rows.select(day=DAY.unique().sort())
    drawn = days.sample(days.height, with_replacement=True, seed=seed)
    return drawn.join(rows.with_columns(day=DAY), on="day", maintain_order="left").drop("day")


class Bench:
    """A project's own training, evaluation and gate, on tables that are changed here."""

    def __init__(self, package: str) -> None:
        """Import the project's modules and read its tables."""
        for name in ("artifact", "evaluate", "gate", "train"):
            setattr(self, name, import_module(f"{package}.model.{name}"))
        self.split = import_module(f"{package}.data.split")
        self.params = import_module(f"{package}.params").load()
        self.parts = {
            part: pl.read_parquet(f"data/split/{part}.parquet")
            for part in ("train", "validation", "sealed")
        }

    def fit(self, rows: pl.DataFrame, **settings: Any) -> Any:
        """Train on `rows` and return the artifact with the hashes of its keys."""
        how = self.params.train.model_copy(update=settings)
        names = [name for name in rows.columns if name not in ("key", "departure", "target")]
        features = self.artifact.describe(rows, names)
        booster = self.train.train(rows, self.parts["validation"], features=features, how=how)
        manifest = self.train.manifest(
            booster, self.parts["validation"], features=features, how=how
        )
        model = bytes(booster.save_raw("ubj"))
        manifest = manifest.model_copy(update={"sha256": manifest.digest(model)})
        return self.artifact.Artifact(booster, manifest)

    def verdict(self, model: Any, rows: pl.DataFrame, champion: Path | None) -> Any:
        """Return what the gate says of a model that was trained on `rows`."""
        parts = self.parts
        measured, _ = self.evaluate.evaluate(
            model,
            train=rows,
            validation=parts["validation"],
            sealed=parts["sealed"],
            how=self.params.evaluate,
        )
        return self.gate.judge(
            self.gate.Case(
                candidate=model,
                trained_on=self.split.key_hashes(rows["key"]),
                evaluation=measured,
                train=rows,
                sealed=parts["sealed"],
                cards=[],
                champion=champion,
                limits=self.params.gate,
                how=self.params.evaluate,
            )
        )


def said(name: str, verdict: Any) -> str:
    """Return a line that names what was refused."""
    refused = [f"{each.name} {each.value}" for each in verdict.criteria if not each.passed]
    return f"{name:24}{verdict.verdict:10}{'; '.join(refused)}"


def main(project: Path) -> None:
    """Print the verdict on each model, and how many honest ones were refused."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/stage.py"))
    bench, champion = Bench(package), Path("models/candidate")
    refused, hashes = 0, set()
    for seed in range(RETRAININGS):
        rows = resampled(bench.parts["train"], seed)
        model = bench.fit(rows)
        hashes.add(model.manifest.sha256)
        verdict = bench.verdict(model, rows, champion)
        refused += verdict.verdict != "accepted"
        gains = {each.name: each.value for each in verdict.criteria if "gain over" in each.name}
        print(said(f"resampled days {seed}", verdict), gains, flush=True)
    print(f"{refused} of {RETRAININGS} honest models were refused ({len(hashes)} different ones)")


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):  # as the stage does
        main(Path(sys.argv[1]).resolve())
