"""Plants faults and honest models in front of the gate, and prints who is refused, and by what.

Run it with `make bench`, or after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/gate.py build/demo/flight-delays [PART...]`.
The parts are `tables`, `curve`, `planted` and `honest`; without any, all run.

All rows, rounds and resamples are the project's own. Honest models are trained on resampled days,
with a model of all days as the champion. Models and baselines are kept in build/gate, so that a
second run trains nothing. A fault that the scores do not show, such as copies of test rows, is
planted on the champion's own scores. It ends with status 1 when a fault passes, or when more than
one of twenty honest models is refused.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import faults
import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

SEEDS = range(20, 40)  # the limits in params.yaml were chosen on seeds 0 to 19
LOSSES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05)  # true ones, as shares of the champion's AUC
WORLDS = 20
KEPT = Path("build/gate").resolve()
OUTSIDE = ("key", "departure", "target", "unit")
BASELINE = "gain over the linear baseline"  # what refuses, if only this does, is said
Floats = Any
Change = Callable[[Floats, pl.DataFrame], Floats]


def kept(what: list[Any], make: Callable[[], bytes]) -> bytes:
    """Return the bytes that `make` makes, or made for the same arrays and texts before."""
    digest = sha256()
    for each in what:
        digest.update(each.tobytes() if isinstance(each, np.ndarray) else repr(each).encode())
    path = KEPT / digest.hexdigest()[:32]
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(make())
        part.replace(path)
    return path.read_bytes()


def resampled(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows of as many days as `rows` has, drawn with replacement."""
    day = pl.col("departure").dt.date()
    days = rows.select(day=day.unique().sort())
    drawn = days.sample(days.height, with_replacement=True, seed=seed)
    return drawn.join(rows.with_columns(day=day), on="day", maintain_order="left").drop("day")


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
    model: Any
    train: Any

    def __init__(self, package: str) -> None:
        """Import the project's modules, read its tables and train the champion."""
        machinery = f"{package}.machinery"
        self.project = import_module(f"{package}.project").PROJECT
        names = "artifact bootstrap contents evaluate gate metrics model train"
        for name in names.split():
            setattr(self, name, import_module(f"{machinery}.model.{name}"))
        self.split = import_module(f"{machinery}.data.split")
        self.quality = import_module(f"{machinery}.model.criteria.quality")
        self.tasks = import_module(f"{machinery}.model.task").TASKS
        self.params = import_module(f"{machinery}.params").load(self.project.params)
        self.parts = {
            part: pl.read_parquet(f"data/split/{part}.parquet")
            for part in ("train", "validation", "test")
        }
        self.save_time(import_module(f"{machinery}.model.criteria.trust"))
        self.temporary = TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.own = self.trained(self.parts["train"], self.parts["validation"])
        self.champion = self.save(self.parts["train"], "v1.0.0", trained=self.own)

    def save_time(self, trust: Any) -> None:
        """Remember what many verdicts ask: the baseline, each model's resamples, each feature.

        No plots are made, because the gate reads none of them.
        """
        fit, measure = self.evaluate.linear, self.tasks[self.params.task].measure

        def linear(matrix: Floats, target: Floats, **given: Any) -> Any:
            fitted = cache(lambda: fit(matrix, target, **given))
            answer: Callable[[Floats], bytes] = lambda rows: fitted()(rows).astype(float).tobytes()
            return lambda rows: np.frombuffer(
                kept(["linear", matrix, target, rows], lambda: answer(rows)), float
            )

        known: dict[Any, Any] = {}

        def once(target: Floats, score: Floats, width: float | None) -> Any:
            found = measure(target, score, width)
            seen = known.setdefault((hash(target.tobytes()), hash(score.tobytes()), width), {})

            def measured(weight: Floats) -> Any:
                key = hash(weight.tobytes())
                if key not in seen:
                    seen[key] = found(weight)
                return seen[key]

            return measured

        self.evaluate.linear = linear
        self.evaluate.banded = lambda *_: {}
        self.tasks[self.params.task] = replace(self.tasks[self.params.task], measure=once)
        for name in ("single_features", "identities"):
            setattr(trust, name, remembering(getattr(trust, name)))

    def trained(self, rows: pl.DataFrame, validation: pl.DataFrame, **changes: Any) -> Any:
        """Return a model of `rows`, by the project's own trainer, and its section of parameters."""
        trainer, task = self.project.trainer(), self.params.task
        own = self.train.own_section(trainer, self.params.train | changes)
        features = self.artifact.describe(rows, self.names(rows))
        encoded = [self.artifact.encode(part, features) for part in (rows, validation)]
        targets = [part["target"].to_numpy() for part in (rows, validation)]
        make: Callable[[], Any] = lambda: trainer(
            rows, validation, features=features, task=task, params=own
        )
        content = kept([own, features, *encoded, *targets], lambda: make().to_bytes())
        return self.model.from_bytes("xgboost", content, "a model of the benchmark"), own, features

    def names(self, rows: pl.DataFrame) -> list[str]:
        """Return the names of the features."""
        return [name for name in rows.columns if name not in OUTSIDE]

    def candidate(
        self,
        rows: pl.DataFrame,
        *,
        parts: dict[str, pl.DataFrame] | None = None,
        change: Change | None = None,
        says: dict[str, Any] | None = None,
        trained: Any = None,
        **changes: Any,
    ) -> Any:
        """Return a model of `rows`, whose scores are changed, and whose manifest as it `says`."""
        validation = (self.parts | (parts or {}))["validation"]
        model, own, features = trained or self.trained(rows, validation, **changes)
        settings = self.params.model_copy(update={"train": own})
        if change:
            model = Altered(model, change, self.names(rows))
        version = self.project.features_version
        known = {"features": features, "settings": settings, "features_version": version}
        manifest = self.train.manifest(model, validation, **known)
        manifest = manifest.model_copy(update=says or {})
        digest = manifest.complete().digest(model.to_bytes() + os.urandom(bool(change)))
        return self.artifact.Artifact(model, manifest.model_copy(update={"sha256": digest}))

    def save(self, rows: pl.DataFrame, version: str, **changes: Any) -> Path:
        """Return the folder of a model of `rows`."""
        made, folder = self.candidate(rows, **changes), self.folder / version
        keys = self.split.key_hashes(rows["key"])
        self.artifact.save(made.model, made.manifest, folder, keys=keys)
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
        model = self.candidate(rows, parts=parts, **changes)
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


def same(one: Any, other: Any) -> bool:
    """Say whether two arguments are the same: tables by identity, as they are large."""
    return one is other or (not isinstance(one, pl.DataFrame) and one == other)


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, which answers from memory when it is asked of the same tables."""
    known: list[tuple[Any, Any]] = []

    def asked(*given: Any, **more: Any) -> Any:
        for before, answer in known:
            if all(starmap(same, zip(before, given, strict=True))):
                return answer
        known.append((given, function(*given, **more)))
        return known[-1][1]

    return asked


def honest(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that was trained again on resampled days."""
    for seed in SEEDS:
        rows = resampled(bench.parts["train"], seed)
        yield f"resampled days {seed}", bench.judge(rows, best=bench.champion)


def said(name: str, verdict: Any) -> str:
    """Return a line with the verdict and the criteria that refuse or hold."""
    missed = [each for each in verdict.criteria if not each.passed]
    by = "; ".join(f"{each.name}: {each.value}" for each in missed)
    only = " (ONLY by the baseline)" if {each.name for each in missed} == {BASELINE} else ""
    return f"{name:34}{verdict.verdict:10}{by}{only}"


def curve(bench: Bench) -> Iterator[str]:
    """Yield how often a model is refused that is worse than the champion by a true loss.

    Its scores are the champion's with noise, as much as costs that share of the AUC on all test
    rows. Each world has other days and other noise. Only the comparison with the champion counts.
    """
    test, task = bench.parts["test"], bench.tasks[bench.params.task]
    score = bench.artifact.load(bench.champion, None).score(test)
    odds, target = np.log(score / (1 - score)), test["target"].to_numpy()
    limit, rounds = bench.params.gate.max_below_champion, bench.params.evaluate.bootstrap_rounds
    auc: Callable[..., Any] = lambda scores: bench.metrics.binary(target, scores)(
        np.ones(len(target))
    )["roc_auc"]

    @cache
    def noise(loss: float) -> float:
        low, high = 0.0, 5.0
        for _ in range(20):
            middle = (low + high) / 2
            draw = np.random.default_rng(0).normal(0, middle, len(odds))
            enough = auc(odds + draw) > auc(odds) * (1 - loss)
            low, high = (middle, high) if enough else (low, middle)
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
            low, _, _ = bench.quality.gain(found["overall"], "champion", task)
            refused += low <= -limit
        yield f"true loss {100 * loss:4.1f} %: refused in {refused} of {WORLDS} worlds"


def main(project: Path, parts: list[str]) -> None:
    """Print the verdict on each model, and how many honest ones were refused."""
    os.chdir(project)
    (package,) = (path.parent.name for path in Path("src").glob("*/project.py"))
    passed, number, refused, judged, hashes = [], 0, 0, 0, set()
    wanted: Callable[[str], bool] = lambda part: not parts or part in parts
    if wanted("tables"):
        for name, planted, says, by in faults.tables(package):
            number, judged = number + planted, judged + (not planted)
            passed += [name] if planted and says == "accepted" else []
            refused += says == "held" and not planted
            print(f"{name:34}{says:10}{by}", flush=True)
    if {"curve", "planted", "honest"} & set(parts) or not parts:
        bench = Bench(package)
    if wanted("planted"):
        for name, verdict in faults.planted(bench):
            number += 1
            passed += [name] if verdict.verdict == "accepted" else []
            print(said(name, verdict), flush=True)
    if wanted("honest"):
        for name, verdict in honest(bench):
            hashes.add(verdict.model)
            judged, refused = judged + 1, refused + (verdict.verdict != "accepted")
            print(said(name, verdict), flush=True)
    if wanted("curve"):
        for line in curve(bench):
            print(line, flush=True)
    print(f"{number - len(passed)} of {number} planted faults were refused, held or warned of")
    print(f"{refused} of {judged} honest ones were refused ({len(hashes)} different models)")
    if passed:
        sys.exit(f"error: accepted: {', '.join(passed)}")
    if refused * 20 > judged:
        sys.exit("error: more than one of twenty honest models was refused")


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):  # as the stage does
        main(Path(sys.argv[1]).resolve(), sys.argv[2:])
