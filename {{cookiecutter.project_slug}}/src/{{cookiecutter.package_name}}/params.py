"""params.yaml as frozen, checked objects: one class per section, one section per stage."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from .stage import InputError

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Share = Annotated[float, Field(ge=0, le=1)]
Day = Annotated[date, Field(strict=False)]  # YAML may hand over a date or its text


class Section(BaseModel):
    """A section of params.yaml: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Section)


class External(Section):
    """What `make repro` does about a table that is overdue and cannot be fetched."""

    when_overdue: Literal["stop", "last_good"]


class Table(Section):
    """How many rows of an external table may break a rule before its stage stops."""

    max_bad_share: Share


class Examples(Section):
    """What one labelled example is."""

    late_after: float | None  # minutes; null: the delay itself is the target, for regression
    horizon_hours: Annotated[float, Field(ge=0, le=8760)]
    max_weather_age_hours: Annotated[float, Field(ge=0.1, le=8760)]


class SplitByTime(Section):
    """Rows before `validation_from` train, rows from `sealed_from` on are sealed."""

    by: Literal["time"]
    column: str
    validation_from: Day
    sealed_from: Day


class SplitByHash(Section):
    """Rows are dealt out by a hash of `column`, for data without time."""

    by: Literal["hash"]
    column: str
    validation_share: Share
    sealed_share: Share


class Train(Section):
    """What is learned and how; all from `seed` on goes to XGBoost under its own names."""

    problem: Literal["binary", "regression"]
    model: Literal["constant", "linear", "boosted"]
    threshold: float | None  # a score from here on is a decision; null: the model decides nothing
    rounds: Annotated[int, Field(gt=0)]
    early_stopping_rounds: Annotated[int, Field(gt=0)]
    seed: Seed
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    max_depth: Annotated[int, Field(gt=0, le=64)]
    min_child_weight: Annotated[float, Field(ge=0)]
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample_bynode: Annotated[float, Field(gt=0, le=1)]
    num_parallel_tree: Annotated[int, Field(gt=0)]
    reg_lambda: Annotated[float, Field(ge=0)]
    max_cat_to_onehot: Annotated[int, Field(gt=0)]
    monotone_constraints: dict[str, Literal[-1, 1]]


class Evaluate(Section):
    """How the sealed part is measured."""

    seed: Seed
    bootstrap_rounds: Annotated[int, Field(gt=1)]
    slices: list[str]
    min_rows: Annotated[int, Field(gt=0)]


class Gate(Section):
    """What a candidate has to reach before it can be released. Shares are of the rival's metric."""

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
    """All of params.yaml."""

    external: External
    flights: Table
    weather: Table
    planes: Table
    examples: Examples
    split: Annotated[SplitByTime | SplitByHash, Field(discriminator="by")]
    train: Train
    evaluate: Evaluate
    gate: Gate


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and check the parameters at `path`; raise InputError naming each wrong one."""
    return read(path, Params)


def read(path: Path, kind: type[Kind]) -> Kind:
    """Read and check a YAML file of settings; raise InputError naming each wrong one."""
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        return kind.model_validate(content if isinstance(content, dict) else {})
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: run this in the project's folder") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8: save it as that") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(f"{path} is not valid YAML: line {line}: {error.problem}") from None
    except ValidationError as error:
        raise InputError(f"{path}: {'; '.join(map(_sentence, error.errors()))}") from None


def _sentence(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name} is no parameter: correct its name or remove it"
    if error["type"] == "missing":
        return f"{name} is missing: add it"
    if error["type"] == "value_error":  # of a validator of ours, which says it all
        return str(error["ctx"]["error"])
    return f"{name} is {error['input']!r}: {error['msg'].lower()}"
