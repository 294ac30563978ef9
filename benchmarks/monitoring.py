"""Measures monitoring: quiet years, what is found how soon, experiments, and alerts.

Run it after `make demo` with the demo's own Python:
`build/demo/flight-delays/.venv/bin/python benchmarks/monitoring.py build/demo/flight-delays`.
Name parts to run only these; each takes less than three minutes.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

# Next to this file.
alerting, experiments, profiling = map(import_module, ("alerting", "experiments", "profiling"))
alarms, real, simulated = map(import_module, ("drift.alarms", "drift.real", "drift.simulated"))
say = experiments.say


def main() -> None:
    """Print each figure next to its goal; exit with 1 if one is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--years", type=int, default=200)
    given = parser.parse_args()
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"{unknown[0]} is not a part: give some of {', '.join(PARTS)}")
    (package,) = (path.parent.name for path in given.project.glob("src/*/project.py"))
    sys.path.insert(0, str((given.project / "src").resolve()))
    met: list[bool] = []
    for part in given.parts or PARTS:
        start = time.process_time()
        met += PARTS[part](given.project, package, given.years)
        print(f"-- {part}: {time.process_time() - start:.0f} s of the processor", flush=True)
    sys.exit(not all(met))


def drift_of(package: str) -> Any:
    """Return the module under test."""
    return import_module(f"{package}.machinery.monitoring.drift")


def quiet_years(_: Path, package: str, years: int) -> Iterator[bool]:
    """Count the alarms of simulated years in which nothing happens."""
    number = alarms.quiet(drift_of(package), simulated.simulated, years)
    yield say("alarms a quiet year, simulated", number, "<= 1", good=number <= 1)


def quiet_arm(_: Path, package: str, years: int) -> Iterator[bool]:
    """Count those of a small arm."""
    drift = drift_of(package)
    number = alarms.quiet(drift, simulated.simulated_arm, years)
    yield say("alarms a quiet year, simulated, an arm of 5 %", number, "<= 1", good=number <= 1)


def planted(_: Path, package: str, __: int) -> Iterator[bool]:
    """Find a planted change of one simulated column."""
    drift = drift_of(package)
    for name, shift, missing, days, goals in (
        ("+0.5 sd within 7 days", 0.5, 0.0, 7, {"calm": 0.95}),
        ("missing +20 points on day 1", 0.0, 0.2, 1, dict.fromkeys(simulated.KINDS, 0.95)),
        ("missing +5 points within 7 days", 0.0, 0.05, 7, dict.fromkeys(simulated.KINDS, 0.75)),
    ):
        for kind in simulated.KINDS:
            goal = goals.get(kind, 0.0)
            share = simulated.found(drift, kind, days=days, shift=shift, missing=missing)
            yield say(f"{kind}: {name}", share, f">= {goal}" if goal else "", good=share >= goal)


def real_years(project: Path, package: str, years: int) -> Iterator[bool]:
    """Count the alarms of real weeks in any order, in fewer years, as small days are thinned."""
    number = alarms.quiet(drift_of(package), real.Flights(project, package).shuffled, years // 4)
    yield say("alarms a quiet year, real weeks shuffled", number, "<= 2", good=number <= 2)


def real_arm(project: Path, package: str, years: int) -> Iterator[bool]:
    """Count those of a small arm, in fewer years, as each week has to be thinned."""
    number = alarms.quiet(drift_of(package), real.Flights(project, package).arm, years // 10)
    yield say("alarms a quiet year, real, an arm of 5 %", number, "<= 1", good=number <= 1)


def changes(project: Path, package: str, _: int) -> Iterator[bool]:
    """Change the real rows from one day on."""
    drift, flights = drift_of(package), real.Flights(project, package)
    for name, (goal, change) in real.CHANGES.items():
        day, refused = flights.days_until(drift, change)
        said = f"<= {goal} days" if goal else ""
        stops = refused > 1  # a batch stops
        good = stops or day <= (goal or 99)
        yield say(f"real, {name}: found on day (99: never)", day, said, good=good)
        print(f"{'    the schema refuses, % of the rows':66} {refused:7.1f}")


def large_day(project: Path, package: str, _: int) -> Iterator[bool]:
    """Profile a large day, and a small one, whose memory should be the same."""
    (*_, small), (seconds, used, large) = (
        profiling.profiling(project, package, rows) for rows in (20_000, 200_000)
    )
    name = "a day of 200,000 answers profiled, seconds"
    yield say(name, seconds, "<= 10", good=seconds <= 10)
    name = "    its memory, as a multiple of that for 20,000"
    yield say(name, large / small, "<= 1.5", good=large / small <= 1.5)
    print(
        f"{'    seconds of the processor':66} {used:7.1f}\n{'    MB more at the peak':66} {large:7.0f}"
    )


def of_experiments(*_: object) -> Iterator[bool]:
    """Run the rows of benchmarks/experiments.py."""
    runs = 1_000
    yield from experiments.wrong_differences(runs)
    yield from experiments.many_looks(runs // 2)
    yield from experiments.splits(runs)
    yield from experiments.verdicts(runs)


def of_alerts(*_: object) -> Iterator[bool]:
    """Run the rows of benchmarks/alerting.py."""
    for what, seconds in zip(("a fault", "its end"), alerting.times(alerting.RULES), strict=True):
        latest = alerting.LATEST
        yield say(f"told of {what}, seconds", seconds, f"<= {latest}", good=seconds <= latest)


PARTS: dict[str, Callable[[Path, str, int], Iterator[bool]]] = {
    "quiet": quiet_years,
    "arm": quiet_arm,
    "planted": planted,
    "real": real_years,
    "real-arm": real_arm,
    "changes": changes,
    "profiling": large_day,
    "experiments": of_experiments,
    "alerting": of_alerts,
}


if __name__ == "__main__":
    main()
