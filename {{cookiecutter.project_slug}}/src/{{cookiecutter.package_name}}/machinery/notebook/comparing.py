"""Compares the results of a notebook with those of the modules, and says where they differ first.

Runs in the notebook's own kernel, after its last cell.
"""

import json
import math
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from numbers import Number
from pathlib import Path
from typing import Any

LONGEST = 80  # characters of a value in a message


def compare_all(notebook: Mapping[str, Any], steps: str, target: str) -> None:
    """Run the steps, compare each result with the notebook's, and write what was found."""
    module = runpy.run_path(steps)
    keys, tolerance = module.get("KEYS", {}), module.get("TOLERANCE", 1e-9)
    found = []
    for name, value in module["results"]().items():
        if name not in notebook:
            found.append((name, "differs", f"the notebook has no `{name}`"))
            continue
        kind = type(notebook[name]).__name__
        if not _comparable(notebook[name]):
            found.append((name, "not compared", f"a {kind} has no value to compare"))
            continue
        first = next(differences(notebook[name], value, keys.get(name, []), tolerance), "")
        found.append((name, "differs" if first else "equal", first or kind))
    Path(target).write_text(json.dumps(found), encoding="utf-8")


def differences(one: Any, two: Any, key: list[str], tolerance: float) -> Iterator[str]:
    """Yield where two values differ, the first place first: the notebook's is `one`."""
    one, two = _plain(one), _plain(two)
    if hasattr(one, "columns") and hasattr(two, "columns"):
        yield from _tables(one, two, key, tolerance)
    elif isinstance(one, dict) and isinstance(two, dict):
        if list(one) != list(two):
            yield f"it has {_short(list(one))} in the notebook, {_short(list(two))} here"
        for name in (each for each in one if each in two):
            yield from (
                f"{name}: {each}" for each in differences(one[name], two[name], [], tolerance)
            )
    elif isinstance(one, list) and isinstance(two, list):
        yield from _lists(one, two, list(range(len(one))), tolerance)
    elif not _equal(one, two, tolerance):
        yield f"it is {_short(one)} in the notebook, {_short(two)} here"


def _tables(one: Any, two: Any, key: list[str], tolerance: float) -> Iterator[str]:
    """Yield where two frames of pandas differ, rows by `key` or by their order."""
    if list(one.columns) != list(two.columns):
        here = _short(list(two.columns))
        yield f"columns: {_short(list(one.columns))} in the notebook, {here} here"
    if len(one) != len(two):
        yield f"it has {len(one)} rows in the notebook, {len(two)} here"
        return
    if key:
        one, two = (each.sort_values(key).reset_index(drop=True) for each in (one, two))
        rows = [", ".join(map(str, row)) for row in one[key].to_numpy()]
    else:
        rows = [str(label) for label in one.index]
    for column in (each for each in one.columns if each in set(two.columns)):
        pairs = one[column].tolist(), two[column].tolist()
        yield from (f"column {column}, {each}" for each in _lists(*pairs, rows, tolerance))


def _lists(one: list[Any], two: list[Any], rows: list[Any], tolerance: float) -> Iterator[str]:
    if len(one) != len(two):
        yield f"it has {len(one)} values in the notebook, {len(two)} here"
        return
    for row, mine, other in zip(rows, one, two, strict=True):
        nested = isinstance(mine, list) and isinstance(other, list)
        if nested:
            yield from (f"row {row}, {each}" for each in differences(mine, other, [], tolerance))
        elif not _equal(mine, other, tolerance):
            yield f"row {row}: {_short(mine)} in the notebook, {_short(other)} here"


def _equal(one: Any, two: Any, tolerance: float) -> bool:
    """Return whether two values are equal; missing ones are."""
    if _missing(one) or _missing(two):
        return _missing(one) and _missing(two)
    if isinstance(one, Number) and isinstance(two, Number) and not isinstance(one, complex):
        return math.isclose(one, two, rel_tol=tolerance, abs_tol=tolerance)  # type: ignore[arg-type]
    return bool(one == two)


def _missing(value: Any) -> bool:
    return (
        value is None
        or bool(isinstance(value, float) and math.isnan(value))
        or (type(value).__name__ in {"NaTType", "NAType"})
    )


def _plain(value: Any) -> Any:
    """Return a frame of Polars as one of pandas, an array or a series as a list."""
    if hasattr(value, "to_pandas"):
        value = value.to_pandas()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple | set | range):
        return sorted(value, key=repr) if isinstance(value, set) else list(value)
    if hasattr(value, "tolist") and not hasattr(value, "columns"):
        return value.tolist()
    return value


def _comparable(value: Any) -> bool:
    kinds = (Number, str, bytes, list, tuple, set, dict, range, type(None))
    return (
        isinstance(value, kinds)
        or any(hasattr(value, name) for name in ("tolist", "columns", "isoformat", "to_pandas"))
        or (is_dataclass(value) and not isinstance(value, type))
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
