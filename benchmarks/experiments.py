"""Measures experiments: wrong differences, coverage, looks, the split, and pausing.

Run it with the Python of a project's environment; it needs no project and no data:
`build/demo/flight-delays/.venv/bin/python benchmarks/experiments.py [--runs 1000]`.

Units have one to twenty rows, which resemble each other, as rows of one customer do.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SOURCE = Path(__file__).parents[1] / "{{cookiecutter.project_slug}}/src"
MACHINERY = SOURCE / "{{cookiecutter.package_name}}/machinery"
LINKS = Path(tempfile.mkdtemp())
(LINKS / "machinery").symlink_to(MACHINERY)
sys.path.insert(0, str(LINKS))

looks, plan, split, verdict, effects = (
    import_module(f"machinery.monitoring.experiments.{name}")
    for name in ("looks", "plan", "split", "verdict", "effect")
)
Says, effect = verdict.Says, effects.effect

ARMS = {"treated": "challenger", "control": "champion"}
MATTERS = 0.2  # of a deviation of one from unit to unit
RNG = np.random.default_rng(7)


def drawn(
    number: int, *, share: float = 0.5, gain: float = 0.0, rate: float | None = None
) -> pl.DataFrame:
    """Return units with a number in each of their rows, or one yes or no with a `rate`."""
    challenged = RNG.random(number) < share
    if rate is None:
        rows = RNG.integers(1, 20, number)
        level = RNG.normal(0, 1, number) + gain * challenged
        total = rows * level + RNG.normal(0, np.sqrt(rows))
    else:
        rows = np.ones(number, dtype=int)
        total = (RNG.random(number) < rate + gain * challenged).astype(float)
    arm = np.where(challenged, "challenger", "champion")
    columns = {"unit": np.arange(number), "arm": arm, "rows": rows, "total": total}
    return pl.DataFrame(columns).with_columns(stage=0)


def found(table: pl.DataFrame) -> Any:
    """Return the effect in a table."""
    result = effect(table, **ARMS)
    if result is None:
        raise SystemExit("an arm is empty: draw more units")
    return result


def excludes(interval: tuple[float, float], value: float = 0.0) -> bool:
    """Return whether an interval excludes a value."""
    return not interval[0] <= value <= interval[1]


def say(name: str, value: float, goal: str, *, good: bool) -> bool:
    """Print one row, and return whether the goal is met."""
    print(f"{name:66} {value:7.3f}   {goal:14} {'' if good else 'MISSED'}", flush=True)
    return good


def wrong_differences(runs: int) -> list[bool]:
    """Compare equal arms, and arms whose difference is known."""
    z, met = looks.z_once(), []
    cases: dict[str, dict[str, Any]] = {
        "clustered units, half and half": {"number": 1_000},
        "clustered units, 10 % challenger": {"number": 2_000, "share": 0.1},
        "a rare yes (0.5 %), half and half": {"number": 4_000, "rate": 0.005},
        "a rare yes (1 %), 10 % challenger": {"number": 5_000, "rate": 0.01, "share": 0.1},
    }
    for name, settings in cases.items():
        wrong = np.mean([excludes(found(drawn(**settings)).interval(z)) for _ in range(runs)])
        good = 0.035 <= wrong <= 0.065
        met.append(say(f"A/A, {name}", wrong, ".035 to .065", good=good))
    cover = np.mean(
        [not excludes(found(drawn(1_000, gain=0.3)).interval(z), 0.3) for _ in range(runs)]
    )
    met.append(say("coverage of 0.3", cover, ".93 to .97", good=0.93 <= cover <= 0.97))
    return met


def many_looks(runs: int) -> list[bool]:
    """Look at equal arms on 28 days."""
    needed = looks.needed_error(MATTERS, once=False)
    ever = {"a fixed interval": 0, "the verdict, for any number of looks": 0}
    for _ in range(runs):
        table = drawn(28 * 100)
        hit = dict.fromkeys(ever, False)
        for day in range(3, 29):
            now = found(table.head(day * 100))
            hit["a fixed interval"] |= excludes(now.interval(looks.z_once()))
            z = looks.z_any((needed / now.error) ** 2)
            hit["the verdict, for any number of looks"] |= excludes(now.interval(z))
        for name, wrong in hit.items():
            ever[name] += wrong
    fixed, always = (count / runs for count in ever.values())
    print(f"{'28 daily looks at equal arms, a fixed interval':66} {fixed:7.3f}   (why)")
    return [say("28 daily looks, always valid", always, "<= .05", good=always <= 0.05)]


def splits(runs: int) -> list[bool]:
    """Look at right splits, and at one that lost a tenth of an arm."""
    shares = {"champion": 0.5, "challenger": 0.5}
    right = [RNG.binomial(6_000, 0.5) for _ in range(10 * runs)]
    wrong = np.mean(
        [
            split.mismatch({"challenger": n, "champion": 6_000 - n}, shares) < split.LIMIT
            for n in right
        ]
    )
    lost = []
    for _ in range(runs):
        n = RNG.binomial(6_000, 0.5)
        counts = {"challenger": RNG.binomial(n, 0.9), "champion": 6_000 - n}
        lost.append(split.mismatch(counts, shares) < split.LIMIT)
    power = np.mean(lost)
    return [
        say("right split, called broken, per look", wrong, "<= .005", good=wrong <= 0.005),
        say("10 % of an arm of 3,000 units lost, found", power, ">= .7", good=power >= 0.7),
    ]


def verdicts(runs: int) -> list[bool]:
    """Read experiments with too little data, and look daily until the planned end."""
    rows = np.arange(1, 20)  # a unit adds its rows, so one with many of them counts for more
    deviation = float(np.sqrt(np.mean(rows**2 + rows)) / np.mean(rows))
    units = plan.plan(deviation=deviation, matters=MATTERS, treated=0.5, control=0.5).any_looks
    settings = {"matters": MATTERS, "higher_is_better": True, "once": False}

    def says(table: pl.DataFrame) -> Any:
        return verdict.judge(found(table), **settings).says

    gains = RNG.uniform(-MATTERS, MATTERS, runs)
    short = np.mean([says(drawn(units // 5, gain=gain)) == Says.UNKNOWN for gain in gains])
    met = [say("a fifth of the planned units: not enough data", short, ">= .9", good=short >= 0.9)]

    def daily(gain: float, ends: tuple[Any, ...]) -> Any:
        table = drawn(units, gain=gain)
        for day in range(1, 15):
            if (now := says(table.head(units * day // 14))) in ends:
                return now
        return now

    tries = max(200, runs // 5)
    act = (Says.WORSE, Says.BETTER)
    worse = np.mean([daily(-MATTERS, act) == Says.WORSE for _ in range(tries)])
    equal = [daily(0.0, act) for _ in range(200)]
    left = sum(each != Says.WORSE for each in equal)
    better = np.mean([each == Says.BETTER for each in equal])
    name = f"worse challenger, found in 14 daily looks ({units} units)"
    met.append(say(name, worse, ">= .8", good=worse >= 0.8))
    met.append(say("equal challenger left alone, of 200", left, ">= 195", good=left >= 195))
    met.append(say("equal challenger called better", better, "<= .03", good=better <= 0.03))
    return met


def main() -> None:
    """Print each figure next to its goal; exit with 1 if one is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1_000)
    given = parser.parse_args()
    met = [
        *wrong_differences(given.runs),
        *many_looks(min(given.runs, 500)),
        *splits(given.runs),
        *verdicts(given.runs),
    ]
    sys.exit(not all(met))


if __name__ == "__main__":
    main()
