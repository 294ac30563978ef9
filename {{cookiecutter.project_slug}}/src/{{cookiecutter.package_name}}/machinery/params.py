"""params.yaml as frozen, validated objects: one class per section."""

from datetime import date
from itertools import accumulate
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from .errors import InputError
from .files import read_file

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Share = Annotated[float, Field(ge=0, le=1)]
Day = Annotated[date, Field(strict=False)]  # YAML may give a date or its text


class Section(BaseModel):
    """A section of params.yaml: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Section)


class External(Section):
    """What `make repro` does if it cannot fetch an overdue table."""

    when_overdue: Literal["stop", "last_good"]


class Quarantine(Section):
    """How large a share of a table's rows may break a rule before its stage stops."""

    model_config = ConfigDict(extra="allow")  # a table's own share, by its name

    max_bad_share: Share
    __pydantic_extra__: dict[str, Share]

    @property
    def tables(self) -> set[str]:
        """Return the tables that have a share of their own."""
        return {*(self.__pydantic_extra__ or {})}

    def limit(self, table: str) -> float:
        """Return the largest share of bad rows that `table` may have."""
        return (self.__pydantic_extra__ or {}).get(table, self.max_bad_share)


class SplitByTime(Section):
    """Rows before `validation_from` train, rows from `test_from` on test."""

    by: Literal["time"]
    column: str
    validation_from: Day
    test_from: Day

    @property
    def unit(self) -> str:
        """Return what rows share that resemble each other."""
        return "day"


class SplitByHash(Section):
    """Rows are assigned by a hash of `column`, for data without time."""

    by: Literal["hash"]
    column: str
    validation_share: Share
    test_share: Share

    @property
    def unit(self) -> str:
        """Return what rows share that resemble each other."""
        return self.column


class Evaluate(Section):
    """How the test part is measured."""

    seed: Seed
    bootstrap_rounds: Annotated[int, Field(gt=1)]
    slices: list[str]
    min_rows: Annotated[int, Field(gt=0)]


class Gate(Section):
    """Limits that a candidate must meet to be released. Shares are of the rival's metric."""

    floors: dict[str, float]
    min_over_baseline: Annotated[float, Field(ge=-1, le=1)]
    max_below_champion: Share | None
    max_below_in_slice: Share
    max_calibration_error: Share
    min_score_spread: Annotated[float, Field(ge=0)]
    max_above_validation: Share
    max_gain_share: Share | None
    leak_auc: Annotated[float, Field(gt=0.5, le=1)] | None


class Params(Section):
    """The machinery's sections of params.yaml; a project adds its own to a subclass of this."""

    external: External
    task: Literal["binary", "regression"]
    threshold: float | None  # decide yes at or above this score; null: no decisions
    quarantine: Quarantine
    rows: Any  # the project's own
    split: Annotated[SplitByTime | SplitByHash, Field(discriminator="by")]
    train: Any  # the project's own
    evaluate: Evaluate
    gate: Gate


AnyParams = TypeVar("AnyParams", bound=Params)

LARGEST = 2**18  # bytes of a file of settings
DEEPEST = 50  # brackets within each other
LONGEST = 200  # characters of a value in a message


def load(kind: type[AnyParams], path: Path = Path("params.yaml")) -> AnyParams:
    """Read and check the parameters at `path`; raise InputError naming each wrong one."""
    return read(path, kind)


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
        raise InputError(f"{path} is not valid YAML: line {line}: {error.problem}") from None
    except ValidationError as error:
        raise InputError(f"{path}: {'; '.join(map(_sentence, error.errors()))}") from None
    except (YAMLError, RecursionError, ValueError, TypeError, LookupError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{path} is not valid YAML: {reason[:LONGEST]}: correct it") from None


def _refuse_deep(text: str) -> None:
    steps = ((mark in "[{") - (mark in "]}") for mark in text)
    if max(accumulate(steps), default=0) > DEEPEST:
        raise ValueError(f"more than {DEEPEST} brackets are open at once")


# The new names of version 0.1's parameters.
RENAMED = {
    "examples": "rows",
    "train.problem": "task",
    "train.threshold": "threshold",
    "split.sealed_from": "split.test_from",
    "split.sealed_share": "split.test_share",
}
RENAMED_VALUES = {("train.model", "linear"): "additive"}


# Aliases of YAML can make a value whose text fills the memory.
shown = Repr()
shown.maxstring = shown.maxother = LONGEST


def _sentence(error: ErrorDetails) -> str:
    name, given = ".".join(_path(error)), error["input"]
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
    if isinstance(given, dict) and "max_bad_share" in given:  # version 0.1 had it per table
        return (
            f"{name}.max_bad_share is now quarantine.max_bad_share, or quarantine.{name} for that"
            " table alone: move it there"
        )
    return f"{name} is not a parameter: correct its name or remove it"


def _path(error: ErrorDetails) -> list[str]:
    """Return the names of the sections down to a parameter, as the file has them."""
    path = [str(part) for part in error["loc"]]
    return path[:1] + path[2:] if path[:1] == ["split"] else path  # leave out what `by` chooses
