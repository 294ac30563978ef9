"""Models of made-up rows, saved and judged by the gate."""

import numpy as np
import polars as pl

from machinery import params
from machinery.data.split import key_hashes
from machinery.model import artifact, evaluate, gate
from machinery.model.contents import content_hashes
from machinery.model.criteria.case import Case

from . import conftest
from .conftest import LIMITS, VERSION

HOW = params.Evaluate(seed=1, bootstrap_rounds=40, slices=["side"], min_rows=100)
OUTSIDE = ("key", "target")


def table(seed, rows=3000):
    """The effect of x depends on the side, which no sum of single features can express; w helps both."""
    draw = np.random.default_rng(seed)
    x, w, noise = draw.normal(size=(3, rows))
    side = draw.choice(["left", "right"], rows)
    odds = np.where(side == "left", 2.5, -2.5) * x + w
    late = draw.random(rows) < 1 / (1 + np.exp(-odds))
    columns = {"x": x, "w": w, "noise": noise, "side": side, "target": late.astype(float)}
    return pl.DataFrame({"key": [f"{seed}-{row}" for row in range(rows)], **columns})


PARTS = {"train": table(1), "validation": table(2), "test": table(3)}


def saved(folder, rows, *, knows=None, validation=PARTS["validation"], rounds=60, **settings):
    """Save a model of `rows`; `knows` are the rows that it claims to have learned from."""
    names = [name for name in rows.columns if name not in OUTSIDE]
    model = conftest.fit(rows, validation, names=names, rounds=rounds, **settings)
    claimed = rows if knows is None else knows
    contents = content_hashes(claimed, model.manifest.features)
    keys = key_hashes(claimed["key"])
    artifact.save(model.model, model.manifest, folder, keys=keys, contents=contents)
    return folder


def measured(candidate, parts):
    return evaluate.evaluate(candidate, **parts, settings=HOW, time=None, unit="row")[0]


def judged(
    folder,
    champion=None,
    limits=LIMITS,
    cards=(),
    evaluation=None,
    best=None,
    remade=None,
    tables=None,
    **changed,
):
    parts = PARTS | changed
    candidate = artifact.load(folder, VERSION)
    return gate.judge(
        Case(
            candidate=candidate,
            trained_on=artifact.training_keys(folder, candidate.manifest),
            learned=artifact.training_rows(folder, candidate.manifest),
            evaluation=evaluation or measured(candidate, parts),
            train=parts["train"],
            test=parts["test"],
            cards=list(cards),
            champion=champion,
            best=best,
            remade=remade,
            changed=tables,
            limits=limits,
            settings=HOW,
            features_version=VERSION,
        )
    )


def refused(verdict):
    return {criterion.name for criterion in verdict.criteria if not criterion.passed}
