"""Counts how many honest models the gate refuses, and verifies that it refuses planted faults.

Run it with `make bench`, or after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/gate.py build/demo/flight-delays`.

The honest ones are trained on resampled training days, with the demo's model as the champion.
"""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
from threadpoolctl import threadpool_limits

SEEDS = range(20, 40)  # the limits in params.yaml were chosen on seeds 0 to 19
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
        machinery = f"{package}.machinery"
        self.project = import_module(f"{package}.project").PROJECT
        self.artifact = import_module(f"{machinery}.model.artifact")
        self.evaluate = import_module(f"{machinery}.model.evaluate")
        self.gate = import_module(f"{machinery}.model.gate")
        self.train = import_module(f"{machinery}.model.train")
        self.split = import_module(f"{machinery}.data.split")
        self.params = import_module(f"{machinery}.params").load(self.project.params)
        self.parts = {
            part: pl.read_parquet(f"data/split/{part}.parquet")
            for part in ("train", "validation", "test")
        }

    def judge(
        self,
        rows: pl.DataFrame,
        *,
        says: dict[str, Any] | None = None,
        parts: dict[str, pl.DataFrame] | None = None,
        **changes: Any,
    ) -> Any:
        """Return the gate's verdict on a model of `rows`, whose manifest is changed as it `says`."""
        parts = self.parts | (parts or {})
        trainer = self.project.trainer()
        own = self.train.own_section(trainer, self.params.train | changes)
        settings = self.params.model_copy(update={"train": own})
        outside = ("key", "departure", "target", "unit")
        names = [name for name in rows.columns if name not in outside]
        features = self.artifact.describe(rows, names)
        trained = trainer(
            rows,
            parts["validation"],
            features=features,
            task=settings.task,
            params=settings.train,
        )
        version = self.project.features_version
        manifest = self.train.manifest(
            trained,
            parts["validation"],
            features=features,
            settings=settings,
            features_version=version,
        )
        manifest = manifest.model_copy(update=says or {})
        digest = manifest.complete().digest(trained.to_bytes())
        model = self.artifact.Artifact(trained, manifest.model_copy(update={"sha256": digest}))
        measured, _ = self.evaluate.evaluate(
            model,
            **parts,
            settings=self.params.evaluate,
            time=self.project.row.time,
            unit=self.params.split.unit,
        )
        case = self.gate.Case(
            candidate=model,
            trained_on=self.split.key_hashes(rows["key"]),
            evaluation=measured,
            train=parts["train"],
            test=parts["test"],
            cards=[],
            champion=Path("models/candidate"),
            limits=self.params.gate,
            settings=self.params.evaluate,
            features_version=version,
        )
        return self.gate.judge(case)


def planted(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that must not pass."""
    train, label = bench.parts["train"], pl.col("target")
    delays = pl.scan_parquet("data/clean/flights.parquet").select("key", "dep_delay").collect()
    fed = {part: rows.join(delays, on="key") for part, rows in bench.parts.items()}
    at_lga = pl.when(pl.col("origin") == "LGA").then(label.shuffle(seed=1)).otherwise(label)
    by_heart: dict[str, Any] = {
        "max_depth": 14,
        "min_child_weight": 0.0,
        "learning_rate": 0.3,
        "rounds": 100,
    }
    yield (
        "constant",
        bench.judge(train, model="constant", says={"parameters": {"model": "boosted"}}),
    )
    yield "shuffled labels", bench.judge(train.with_columns(label.shuffle(seed=1)))
    yield "trained on test rows", bench.judge(pl.concat([train, bench.parts["test"]]))
    yield "fed dep_delay", bench.judge(fed["train"], parts=fed, monotone_constraints={})
    yield "broken at LGA", bench.judge(train.with_columns(at_lga))
    yield "slightly worse", bench.judge(train.sample(fraction=0.02, seed=1))
    yield "overconfident", bench.judge(train, parts={"validation": train}, **by_heart)


def honest(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that was trained again on resampled days."""
    for seed in SEEDS:
        rows = resampled(bench.parts["train"], seed)
        yield f"resampled days {seed}", bench.judge(rows, parts={"train": rows})


def said(name: str, verdict: Any) -> str:
    """Return a line with the verdict, the refusing criteria, and the gains or losses."""
    refused = [f"{each.name} {each.value}" for each in verdict.criteria if not each.passed]
    gains = [f"{each.value}" for each in verdict.criteria if each.name.startswith("gain over")]
    return f"{name:24}{verdict.verdict:10}{' | '.join(gains):48}{'; '.join(refused)}"


def main(project: Path) -> None:
    """Print the verdict on each model, and how many honest ones were refused."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    bench = Bench(package)
    print(f"{'model':24}{'verdict':10}{'gain over linear baseline | champion':48}refused by")
    passed = 0
    for name, verdict in planted(bench):
        passed += verdict.verdict == "accepted"
        print(said(name, verdict), flush=True)
    refused, hashes = 0, set()
    for name, verdict in honest(bench):
        hashes.add(verdict.model)
        refused += verdict.verdict != "accepted"
        print(said(name, verdict), flush=True)
    print(f"{refused} of {len(SEEDS)} honest models were refused ({len(hashes)} different ones)")
    if passed:
        sys.exit(f"error: {passed} planted models were accepted")


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):  # as the stage does
        main(Path(sys.argv[1]).resolve())
