"""The releases, and who held which stage, as two tables for people to read."""

from typing import Any

from ...text_table import text_table
from .lineage import describe
from .state import STAGES, Assignment, Registry, Release

RELEASES = ("version", "released", "by", "commit", "verdict")
ROWS = ("trained on", "test rows", "test keys")  # by which it shows that metrics are of other rows
DIFFERENT = (
    "The metrics are of different test rows, so a higher one does not prove a better model: compare"
    " only versions with the same test keys. `model gate` measures candidate and champion on the"
    " same rows."
)
ASSIGNMENTS = ("stage", "number", "version", "since", "by")


def history(registry: Registry) -> str:
    """Return the releases, lowest first, and below them who held each stage, latest last."""
    known = {version: describe(registry, version) for version in registry.releases}
    names = list(dict.fromkeys(name for each in known.values() for name in _numbers(each)))
    releases = [
        _released(release, known[version], names) for version, release in registry.releases.items()
    ]
    assignments = [
        _assigned(each) for stage in STAGES for each in registry.assignments if each.stage == stage
    ]
    return "\n".join(
        [
            text_table([*RELEASES, *names, *ROWS, "data", "now"], releases),
            *([DIFFERENT] if len({_rows(each)[-1] for each in known.values()}) > 1 else []),
            "",
            text_table(ASSIGNMENTS, assignments),
        ]
    )


def _released(release: Release, known: dict[str, Any], names: list[str]) -> list[str]:
    data = known["data"].items()
    return [
        release.version,
        release.tag.date,
        release.tag.by,
        release.commit[:7],
        str(known["verdict"]),
        *(str(_numbers(known).get(name, "")) for name in names),
        *_rows(known),
        " ".join(f"{name.partition('.')[0]}:{str(each['md5'])[:7]}" for name, each in data),
        ", ".join(known["stages"]),
    ]


def _assigned(each: Assignment) -> list[str]:
    version = f"{'not ' if each.ended else ''}{each.version}"
    return [each.stage, str(each.number), version, each.tag.date, each.tag.by]


def _rows(known: dict[str, Any]) -> tuple[str, str, str]:
    """Return how many rows trained the model, and which rows measured it."""
    train, test = known["split"].get("train", {}), known["metrics"].get("test", {})
    days = " to ".join(test[name] for name in ("first", "last") if name in test)
    rows = ", ".join(filter(None, (str(test.get("rows", "")), days)))
    return str(train.get("rows", "")), rows, test.get("keys", "")


def _numbers(known: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in known["metrics"].items() if not isinstance(value, dict)}
