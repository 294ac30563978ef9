"""The stages of dvc.yaml and what each of them needs, read without DVC, where Airflow runs."""

import posixpath
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

VARIABLE = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")


def stages(folder: Path) -> dict[str, set[str]]:
    """Return a project's stages, each with those whose outputs it reads, as `dvc dag` has them.

    Templates (`foreach`, `matrix`) are resolved. Raise ValueError for what is not read here.
    """
    found = read(folder)
    makes = {name: outputs(stage) for name, stage in found.items()}
    return {
        name: {
            other
            for other, made in makes.items()
            if other != name and any(_overlap(a, b) for a in _inputs(stage) for b in made)
        }
        for name, stage in found.items()
    }


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the stages by name, with templates resolved; raise ValueError as `stages` does."""
    content, params = load(folder / "dvc.yaml"), folder / "params.yaml"
    values = load(params) if params.is_file() else {}
    for each in content.get("vars", ()):
        if not isinstance(each, dict):
            raise ValueError(f"dvc.yaml: vars names the file {each}: move them into params.yaml")
        values |= each
    return dict(_resolved_stages(content.get("stages", {}), values))


def load(path: Path) -> dict[str, Any]:
    """Return the content of a YAML file; raise ValueError if it is not a mapping."""
    content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no names with values: restore it from Git")
    return content


def _resolved_stages(
    known: dict[str, Any], values: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, stage in known.items():
        for suffix, items in _items(name, stage, values):
            own = stage.get("do", stage)
            for word in ("wdir", "vars"):
                if word in own:
                    raise ValueError(
                        f"dvc.yaml: the stage {name} has {word}, which Airflow cannot follow:"
                        " write its paths from the project's folder, and variables into params.yaml"
                    )
            kinds = ("deps", "params", "outs", "metrics", "plots")
            place = f"the stage {name}"
            yield (
                name + suffix,
                {kind: _resolve(own.get(kind) or [], values | items, place) for kind in kinds},
            )


def _items(
    name: str, stage: dict[str, Any], values: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what DVC appends to the name of each stage of a template, and its variables."""
    if "matrix" in stage:
        table = _resolve(stage["matrix"], values, f"the matrix of {name}")
        for chosen in product(*(enumerate(each) for each in table.values())):
            item = {key: value for key, (_, value) in zip(table, chosen, strict=True)}
            parts = [
                f"{key}{place}" if isinstance(value, dict | list) else _text(value)
                for key, (place, value) in zip(table, chosen, strict=True)
            ]
            yield "@" + "-".join(parts), {"item": item, "key": "-".join(parts)}
    elif "foreach" in stage:
        each = _resolve(stage["foreach"], values, f"foreach of {name}")
        if isinstance(each, list):
            nested = any(isinstance(value, dict | list) for value in each)
            each = {str(place) if nested else _text(v): v for place, v in enumerate(each)}
        for key, value in each.items():
            yield f"@{_text(key)}", {"item": value, "key": key}
    else:
        yield "", {}


def _resolve(value: Any, values: dict[str, Any], place: str) -> Any:
    """Return `value` with each variable such as ${rows.horizon} replaced."""
    if isinstance(value, dict):
        both = value.items()
        return {_resolve(k, values, place): _resolve(v, values, place) for k, v in both}
    if isinstance(value, list):
        return [_resolve(each, values, place) for each in value]
    if not isinstance(value, str):
        return value
    if whole := VARIABLE.fullmatch(value):
        return _find(whole[1], values, place)
    return VARIABLE.sub(lambda match: _text(_find(match[1], values, place)), value)


def _find(name: str, values: dict[str, Any], place: str) -> Any:
    found: Any = values
    for part in filter(None, re.split(r"[.\[\]]+", name)):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (LookupError, TypeError, ValueError):
            raise ValueError(
                f"dvc.yaml: {place} uses ${'{' + name + '}'}, which neither its vars nor"
                " params.yaml define: define it there"
            ) from None
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inputs(stage: dict[str, Any]) -> set[str]:
    """Return what a stage reads: its dependencies, and the files of its parameters."""
    files = (each if isinstance(each, dict) else ["params.yaml"] for each in stage["params"])
    return {*_paths(stage["deps"]), *(posixpath.normpath(path) for some in files for path in some)}


def outputs(stage: dict[str, Any]) -> set[str]:
    """Return the paths that a stage writes."""
    return {path for kind in ("outs", "metrics", "plots") for path in _paths(stage[kind])}


def _paths(listed: Any) -> Iterator[str]:
    for each in listed:
        for path in each if isinstance(each, dict) else [each]:
            yield posixpath.normpath(str(path))


def _overlap(one: str, other: str) -> bool:
    """Return whether one path is the other or contains it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
