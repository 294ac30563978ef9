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
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from at_gate import faults
from at_gate.bench import Bench
from threadpoolctl import threadpool_limits

SEEDS = range(20, 40)  # the limits in params.yaml were chosen on seeds 0 to 19
LOSSES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05)  # true ones, as shares of the champion's AUC
WORLDS = 20
BASELINE = "gain over the linear baseline"  # what refuses, if only this does, is said


def resampled(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows of as many days as `rows` has, drawn with replacement."""
    day = pl.col("departure").dt.date()
    days = rows.select(day=day.unique().sort())
    drawn = days.sample(days.height, with_replacement=True, seed=seed)
    return drawn.join(rows.with_columns(day=day), on="day", maintain_order="left").drop("day")


def honest(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the verdict on each model that was trained again on resampled days.

    Its baseline learns from the same days, as in a project.
    """
    for seed in SEEDS:
        rows = resampled(bench.parts["train"], seed)
        verdict = bench.judge(rows, parts={"train": rows}, best=bench.champion)
        yield f"resampled days {seed}", verdict


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
