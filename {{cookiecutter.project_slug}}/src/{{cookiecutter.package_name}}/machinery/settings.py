"""A YAML file of settings as frozen, validated objects; each mistake in it becomes a sentence."""

from itertools import accumulate
from pathlib import Path
from reprlib import Repr
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from .errors import InputError
from .files import read_file

LARGEST = 2**18  # bytes of a file of settings
DEEPEST = 50  # brackets within each other
LONGEST = 200  # characters of a value in a message


class Section(BaseModel):
    """A section of settings: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Section)


def read(path: Path, kind: type[Kind]) -> Kind:
    """Read and check a YAML file of settings; raise InputError naming each wrong one."""
    try:
        text = read_file(path, LARGEST).decode("utf-8-sig")
        _refuse_deep(text)  # the parser's time grows with the square of the depth
        content = YAML(typ="safe").load(text)
        return kind.model_validate(content if isinstance(content, dict) else {})
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: run this in the project's folder") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8: save it as UTF-8") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(
            f"{path} is not valid YAML: line {line}: {error.problem}: correct it"
        ) from None
    except ValidationError as error:
        raise InputError(f"{path}: {'; '.join(map(_sentence, error.errors()))}") from None
    except (YAMLError, RecursionError, ValueError, TypeError, LookupError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{path} is not valid YAML: {reason[:LONGEST]}: correct it") from None


def _refuse_deep(text: str) -> None:
    steps = ((mark in "[{") - (mark in "]}") for mark in text)
    if max(accumulate(steps), default=0) > DEEPEST:
        raise ValueError(f"more than {DEEPEST} brackets are open at once")


def validate(kind: type[Kind], given: Any, section: str) -> Kind:
    """Return a section of params.yaml as `kind`; raise InputError naming each wrong parameter."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        found: list[ErrorDetails] = [
            {**each, "loc": (section, *each["loc"])} for each in error.errors()
        ]
        sentences = "; ".join(map(_sentence, found))
        raise InputError(f"params.yaml: {sentences}") from None


# The new names of parameters.
RENAMED = {
    "examples": "rows",
    "train.problem": "task",
    "train.threshold": "threshold",
    "split.sealed_from": "split.test",
    "split.sealed_share": "split.test",
    "split.test_from": "split.test",
    "split.test_share": "split.test",
    "split.validation_from": "split.validation",
    "split.validation_share": "split.validation",
}
REMOVED = {
    "split.by": "times split by time, and split.group splits by group",
    "split.column": "the time is that of ROW in data/schema.py, and a group is split.group",
}
RENAMED_VALUES = {("train.model", "linear"): "additive"}


# Aliases of YAML can make a value whose text fills the memory.
shown = Repr()
shown.maxstring = shown.maxother = LONGEST


def _sentence(error: ErrorDetails) -> str:
    name, given = ".".join(map(str, error["loc"])), error["input"]
    if error["type"] == "extra_forbidden":
        return _unknown(name, given)
    if isinstance(given, str) and (name, given) in RENAMED_VALUES:
        return f"{name}: {given} is now {RENAMED_VALUES[name, given]}: write that"
    if error["type"] == "missing":
        return f"{name} is missing: add it"
    if error["type"] == "value_error":  # from a validator of ours, whose message is complete
        return str(error["ctx"]["error"])
    return f"{name} is {shown.repr(given)}: {error['msg'].lower()}"


def _unknown(name: str, given: Any) -> str:
    if name in RENAMED:
        return f"{name} is now {RENAMED[name]}: move it there"
    if name in REMOVED:
        return f"{name} is gone: remove it; {REMOVED[name]}"
    if isinstance(given, dict) and "max_bad_share" in given:  # version 0.1 had it per table
        return (
            f"{name}.max_bad_share is now quarantine.max_bad_share, or quarantine.{name} for that"
            " table alone: move it there"
        )
    return f"{name} is not a parameter: correct its name or remove it"
