"""Checks the parameters of an experiment before DVC, which would refuse them in Hydra's words."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML

from .errors import InputError

PARAMS = Path("params.yaml")
OPTIONS = ("-S", "--set-param")


def given(arguments: Sequence[str]) -> Iterator[str]:
    """Yield what the options -S and --set-param of `dvc exp run` say."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if option in OPTIONS:
            yield value
        elif option.startswith(f"{OPTIONS[1]}="):
            yield option.partition("=")[2]
        elif option.startswith(OPTIONS[0]):
            yield option.removeprefix(OPTIONS[0])


def fault(override: str, known: dict[str, Any]) -> str | None:
    """Return what is wrong with an override such as train.rounds=900, if anything is.

    One that adds (+) or removes (~) is left to DVC, and so is one of another file.
    """
    name, sign, _ = override.partition("=")
    if name.startswith(("+", "~")) or ":" in name:
        return None
    if not sign or " " in name:
        return f"-S {override!r} sets nothing: write it as -S train.rounds=900, without spaces"
    section, found = "", known
    for part in name.split("."):
        if not isinstance(found, dict) or part not in map(str, found):
            names = [str(each) for each in found] if isinstance(found, dict) else []
            close = get_close_matches(part, names, 1)
            those = ", ".join(section + each for each in names)
            hint = f"did you mean {section}{close[0]}?" if close else f"it has {those}"
            return f"{PARAMS} has no {name}: {hint}"
        found = {str(key): value for key, value in found.items()}[part]
        section += f"{part}."
    return None


@click.command(hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def overrides(arguments: tuple[str, ...]) -> None:
    """Refuse ARGUMENTS of `dvc exp run` that set a parameter which params.yaml does not have."""
    known = YAML(typ="safe").load(PARAMS)
    if faults := [said for each in given(arguments) if (said := fault(each, known))]:
        raise InputError("; ".join(faults))
