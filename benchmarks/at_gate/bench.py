"""A project's own training, evaluation and gate, asked of tables and models that are changed."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

KEPT = Path("build/gate").resolve()
OUTSIDE = ("key", "departure", "target", "unit")
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
        code = Path(fit.__code__.co_filename).read_text()

        def linear(matrix: Floats, target: Floats, **given: Any) -> Any:
            fitted = cache(lambda: fit(matrix, target, **given))
            answer: Callable[[Floats], bytes] = lambda rows: fitted()(rows).astype(float).tobytes()
            return lambda rows: np.frombuffer(
                kept(["linear", code, matrix, target, rows], lambda: answer(rows)), float
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
