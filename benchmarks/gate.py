"""Plants faults and honest models in front of the gate, and prints who is refused, and by what.

Run it with `make bench`, or after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/gate.py build/demo/flight-delays [SHARE]`.

It takes one of SHARE rows of each day (4; 1 takes all, and an hour) and trains fewer rounds. Honest
models are trained on resampled days, with a model of all days as the champion. It ends with the
probability of refusal against the true loss.
"""

import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

SEEDS = range(20, 40)  # the limits in params.yaml were chosen on seeds 0 to 19
FEW = {"rounds": 80, "early_stopping_rounds": 20, "num_parallel_tree": 1}
LOSSES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05)  # true ones, as shares of the champion's AUC
WORLDS = 20
DAY, KEY, TARGET = pl.col("departure").dt.date(), pl.col("key"), pl.col("target")
OUTSIDE = ("key", "departure", "target", "unit")
Floats = Any
Change = Callable[[Floats, pl.DataFrame], Floats]


def resampled(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows of as many days as `rows` has, drawn with replacement."""
    days = rows.select(day=DAY.unique().sort())
    drawn = days.sample(days.height, with_replacement=True, seed=seed)
    return drawn.join(rows.with_columns(day=DAY), on="day", maintain_order="left").drop("day")


def copied(rows: pl.DataFrame, mark: str = "copy") -> pl.DataFrame:
    """Return the rows under other keys."""
    return rows.with_columns(KEY + f"-{mark}")


class Altered:
    """A model whose scores are changed, by the features of their rows."""

    def __init__(self, model: Any, change: Change, names: list[str]) -> None:
        """Keep the model, the change and the names of the matrix's columns."""
        self.model, self.change, self.names = model, change, names

    def __getattr__(self, name: str) -> Any:
        """Return everything else as the model has it."""
        return getattr(self.model, name)

    def score(self, matrix: Floats) -> Floats:
        """Return the changed scores."""
        return self.change(self.model.score(matrix), pl.DataFrame(matrix, schema=self.names))


class Bench:
    """A project's own training, evaluation and gate, on tables that are changed here."""

    # Modules of the project, whose package has its own name.
    artifact: Any
    bootstrap: Any
    contents: Any
    evaluate: Any
    gate: Any
    metrics: Any
    train: Any

    def __init__(self, package: str, share: int) -> None:
        """Import the project's modules, read its tables and train the champion."""
        machinery = f"{package}.machinery"
        self.project = import_module(f"{package}.project").PROJECT
        names = ("artifact", "bootstrap", "contents", "evaluate", "gate", "metrics", "train")
        for name in names:
            setattr(self, name, import_module(f"{machinery}.model.{name}"))
        self.split = import_module(f"{machinery}.data.split")
        self.quality = import_module(f"{machinery}.model.criteria.quality")
        known = import_module(f"{machinery}.params").load(self.project.params)
        few = {"bootstrap_rounds": 100, "min_rows": max(known.evaluate.min_rows // share, 100)}
        how = known.evaluate.model_copy(update=few)
        self.params = known.model_copy(update={"train": known.train | FEW, "evaluate": how})
        self.parts = {
            part: pl.read_parquet(f"data/split/{part}.parquet").gather_every(share)
            for part in ("train", "validation", "test")
        }
        fit = self.evaluate.linear  # the same rows have the same baseline, which takes a minute
        kept: dict[Any, Any] = {}

        def linear(matrix: Floats, target: Floats, **given: Any) -> Any:
            same = (matrix.shape, float(np.nansum(matrix)), float(target.sum()))
            if same not in kept:
                kept[same] = fit(matrix, target, **given)
            return kept[same]

        self.evaluate.linear = linear
        self.temporary = TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.champion = self.save(self.parts["train"], "v1.0.0")

    def model(
        self,
        rows: pl.DataFrame,
        *,
        parts: dict[str, pl.DataFrame] | None = None,
        change: Change | None = None,
        says: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Any:
        """Return a model of `rows`, whose scores are changed, and whose manifest as it `says`."""
        validation = (self.parts | (parts or {}))["validation"]
        trainer = self.project.trainer()
        own = self.train.own_section(trainer, self.params.train | changes)
        settings = self.params.model_copy(update={"train": own})
        names = [name for name in rows.columns if name not in OUTSIDE]
        features = self.artifact.describe(rows, names)
        trained = trainer(rows, validation, features=features, task=settings.task, params=own)
        if change:
            trained = Altered(trained, change, names)
        version = self.project.features_version
        known = {"features": features, "settings": settings, "features_version": version}
        manifest = self.train.manifest(trained, validation, **known)
        manifest = manifest.model_copy(update=says or {})
        digest = manifest.complete().digest(trained.to_bytes() + os.urandom(bool(change)))
        return self.artifact.Artifact(trained, manifest.model_copy(update={"sha256": digest}))

    def save(self, rows: pl.DataFrame, version: str, **changes: Any) -> Path:
        """Return the folder of a model of `rows`."""
        model, folder = self.model(rows, **changes), self.folder / version
        keys = self.split.key_hashes(rows["key"])
        self.artifact.save(model.model, model.manifest, folder, keys=keys)
        return folder

    def judge(
        self,
        rows: pl.DataFrame,
        *,
        parts: dict[str, pl.DataFrame] | None = None,
        knows: pl.DataFrame | None = None,
        edit: Callable[[Any], Any] = lambda evaluation: evaluation,
        champion: Path | None = None,
        best: Path | None = None,
        alone: bool = False,
        **changes: Any,
    ) -> Any:
        """Return the gate's verdict on a model of `rows`, which claims to know the rows `knows`."""
        model = self.model(rows, parts=parts, **changes)
        known, parts = rows if knows is None else knows, self.parts | (parts or {})
        settings, time = self.params.evaluate, self.project.row.time
        unit = self.params.split.unit
        measured, _ = self.evaluate.evaluate(
            model, **parts, settings=settings, time=time, unit=unit
        )
        features = model.manifest.features
        case = self.gate.Case(
            candidate=model,
            trained_on=self.split.key_hashes(known["key"]),
            learned=self.contents.content_hashes(known, features),
            evaluation=edit(measured),
            train=parts["train"],
            test=parts["test"],
            cards=[],
            champion=None if alone else champion or self.champion,
            best=best,
            limits=self.params.gate,
            settings=settings,
            features_version=self.project.features_version,
            time=time,
        )
        return self.gate.judge(case)

    def features(self, **columns: Callable[[pl.DataFrame, Any], pl.Series]) -> dict[str, Any]:
        """Return the parts with further columns, each made with random numbers of its own."""
        made = {}
        for number, (part, rows) in enumerate(self.parts.items()):
            draw = np.random.default_rng(number)
            made[part] = rows.with_columns(**{n: f(rows, draw) for n, f in columns.items()})
        return made


def where(condition: pl.Expr, value: Callable[[Floats], Floats]) -> Change:
    """Return the change that replaces the scores of some rows."""

    def change(score: Floats, rows: pl.DataFrame) -> Floats:
        members = rows.select(condition.fill_null(value=False)).to_series().to_numpy()
        score = score.copy()
        score[members] = value(score[members])
        return score

    return change


def permuted(score: Floats) -> Floats:
    """Return the scores in another order."""
    return np.random.default_rng(1).permutation(score)


def edited(evaluation: Any) -> Any:
    """Return an evaluation with a better metric."""
    said = evaluation.model_dump()
    said["slices"]["overall"]["models"]["model"]["roc_auc"]["value"] += 0.02
    return type(evaluation).model_validate(said)


def planted(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that must not pass without a person."""
    train, validation, test = bench.parts.values()
    delays = pl.scan_parquet("data/clean/flights.parquet").select("key", "dep_delay").collect()
    fed = {part: rows.join(delays, on="key") for part, rows in bench.parts.items()}
    sign: Callable[..., Any] = lambda rows: 2 * rows["target"].to_numpy() - 1
    coin: Callable[..., Any] = lambda rows, draw: pl.Series(draw.choice([-1.0, 1.0], rows.height))
    product = bench.features(a=coin)
    for share, name in ((0.0, "whole"), (0.1, "mostly")):
        rng = np.random.default_rng(5)
        product = {
            part: rows.with_columns(
                b=pl.Series(
                    rows["a"].to_numpy()
                    * np.where(rng.random(rows.height) < share, coin(rows, rng), sign(rows))
                )
            )
            for part, rows in product.items()
        }
        free: dict[str, Any] = {"parts": product, "monotone_constraints": {}, "alone": True}
        yield f"product is the target, {name}", bench.judge(product["train"], **free)
    shuffled: Callable[..., Any] = lambda at: train.with_columns(
        pl.when(at).then(TARGET.shuffle(seed=1)).otherwise(TARGET)
    )
    by_heart: dict[str, Any] = {"max_depth": 14, "min_child_weight": 0.0, "learning_rate": 0.3}
    with_copies: Callable[..., Any] = lambda *more: bench.judge(pl.concat([train, *more]))
    nearly = test.with_columns(pl.col("temp", "humid") * (1 + 1e-9))
    constant: dict[str, Any] = {"model": "constant", "says": {"parameters": {"model": "boosted"}}}
    yield "constant", bench.judge(train, **constant)
    yield "shuffled labels", bench.judge(shuffled(pl.lit(value=True)))
    yield "trained on test rows", with_copies(test)
    yield "copies of all test rows", with_copies(copied(test))
    yield "copies of half", with_copies(copied(test[::2]))
    yield "copies of a twentieth", with_copies(copied(test[::20]))
    yield "twins of half, each twice", with_copies(copied(test[::2]), copied(test[::2], "twin"))
    yield "copies of validation and test", with_copies(copied(validation), copied(test))
    yield "copies, not to the last digit", with_copies(copied(nearly))
    hidden: dict[str, Any] = {"knows": train, **by_heart}
    yield "hides the test rows it knows", bench.judge(test, **hidden)
    yield "fed dep_delay", bench.judge(fed["train"], parts=fed, monotone_constraints={})
    yield "broken at LGA", bench.judge(shuffled(pl.col("origin") == "LGA"))
    yield "broken to Boston, unlisted", bench.judge(shuffled(pl.col("dest") == "BOS"))
    saturday, late = pl.col("weekday") == 6, pl.col("departure_minute") >= 20 * 60
    windy = pl.col("temp") < 40
    mean: Callable[..., Any] = lambda score: np.full(len(score), score.mean())
    yield "constant on Saturdays", bench.judge(train, change=where(saturday, mean))
    yield "permuted on Saturdays", bench.judge(train, change=where(saturday, permuted))
    yield "constant in the evening", bench.judge(train, change=where(late, mean))
    yield "permuted in the cold", bench.judge(train, change=where(windy, permuted))
    yield "slightly worse", bench.judge(train.sample(fraction=0.05, seed=1))
    weak = bench.save(train.sample(fraction=0.05, seed=2), "v1.9.0")
    fallen: dict[str, Any] = {"champion": weak, "best": bench.champion}
    yield "last of many small losses", bench.judge(train.sample(fraction=0.05, seed=3), **fallen)
    over: Callable[..., Any] = lambda score, _: 1 / (1 + np.exp(-2 * np.log(score / (1 - score))))
    yield "overconfident", bench.judge(train, change=over)
    yield "knows its rows by heart", bench.judge(train, parts={"validation": train}, **by_heart)
    yield "an edited evaluation", bench.judge(train, edit=edited)
    yield "a threshold of 1", bench.judge(train, says={"threshold": 1.0})
    seen = bench.save(pl.concat([train, test]), "v1.5.0")
    yield "a champion that knows the test", bench.judge(train, champion=seen)


def honest(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that was trained again on resampled days."""
    for seed in SEEDS:
        rows = resampled(bench.parts["train"], seed)
        yield f"resampled days {seed}", bench.judge(rows, best=bench.champion)


def said(name: str, verdict: Any) -> str:
    """Return a line with the verdict and the criteria that refuse or hold."""
    missed = [each for each in verdict.criteria if not each.passed]
    by = "; ".join(f"{each.name}: {each.value}" for each in missed)
    return f"{name:32}{verdict.verdict:10}{by}"


def curve(bench: Bench) -> Iterator[str]:
    """Yield how often a model is refused that is worse than the champion by a true loss.

    Its scores are the champion's with noise, as much as costs that share of the AUC on all test
    rows. Each world has other days and other noise.
    """
    test, task = bench.parts["test"], bench.params.task
    score = bench.artifact.load(bench.champion, None).score(test)
    odds, target = np.log(score / (1 - score)), test["target"].to_numpy()
    limit, rounds = bench.params.gate.max_below_champion, bench.params.evaluate.bootstrap_rounds
    auc: Callable[..., Any] = lambda scores: bench.metrics.binary(target, scores)(
        np.ones(len(target))
    )["roc_auc"]

    @lru_cache
    def noise(loss: float) -> float:
        low, high = 0.0, 5.0
        for _ in range(20):
            middle = (low + high) / 2
            draw = np.random.default_rng(0).normal(0, middle, len(odds))
            low, high = (
                (middle, high) if auc(odds + draw) > auc(odds) * (1 - loss) else (low, middle)
            )
        return high

    for loss in LOSSES:
        refused = 0
        for world in range(WORLDS):
            days = resampled(test.with_row_index(), 1000 + world)
            rows = days["index"].to_numpy()
            draw = np.random.default_rng(world).normal(0, noise(loss), len(odds)) if loss else 0.0
            scores = {"model": (odds + draw)[rows], "champion": odds[rows]}
            measures = {n: bench.metrics.binary(target[rows], each) for n, each in scores.items()}
            groups = {"overall": bench.bootstrap.Group(np.arange(len(rows)), measures)}
            unit = bench.bootstrap.units(days)
            found = bench.bootstrap.compare(groups, units=unit, rounds=rounds, seed=world)
            low, _, _ = bench.quality.gain(found["overall"], "champion", TASK_OF[task])
            refused += low <= -limit
        yield f"true loss {100 * loss:4.1f} %: refused in {refused} of {WORLDS} worlds"


TASK_OF: dict[str, Any] = {}


def main(project: Path, share: int = 4) -> None:
    """Print the verdict on each model, and how many honest ones were refused."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    TASK_OF.update(import_module(f"{package}.machinery.model.task").TASKS)
    bench = Bench(package, share)
    for line in curve(bench):
        print(line, flush=True)
    passed, planted_models, refused, hashes = [], 0, 0, set()
    for name, verdict in planted(bench):
        planted_models += 1
        passed += [name] if verdict.verdict == "accepted" else []
        print(said(name, verdict), flush=True)
    for name, verdict in honest(bench):
        hashes.add(verdict.model)
        refused += verdict.verdict != "accepted"
        print(said(name, verdict), flush=True)
    print(f"{planted_models - len(passed)} of {planted_models} planted faults were refused or held")
    print(f"{refused} of {len(SEEDS)} honest models were refused ({len(hashes)} different ones)")
    if passed:
        sys.exit(f"error: accepted: {', '.join(passed)}")


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):  # as the stage does
        main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:]))
