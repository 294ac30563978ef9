"""params.yaml: one class per section of the machinery, and what a project adds."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from .scheduler.settings import Airflow
from .settings import Section, read, shown

__all__ = ["Section"]  # of settings, for the sections of a project

Seed = Annotated[int, Field(ge=0, lt=2**31)]
Share = Annotated[float, Field(ge=0, le=1)]
DURATION = re.compile(r"[1-9]\d{0,3} (day|week|month|year)s?")


class External(Section):
    """What `make repro` does if it cannot fetch an overdue table."""

    when_overdue: Literal["stop", "last_good"]


class Quarantine(Section):
    """How many rows of a table may break a rule, or find no partner in it, before a stage stops."""

    model_config = ConfigDict(extra="allow")  # a table's own share, by its name

    max_bad_share: Share
    # of the rows, by table; others are not limited
    max_without_partner: dict[str, Share] = Field(default_factory=dict)
    __pydantic_extra__: dict[str, Share]

    @property
    def tables(self) -> set[str]:
        """Return the tables that have a share of their own."""
        return {*(self.__pydantic_extra__ or {})}

    def limit(self, table: str) -> float:
        """Return the largest share of bad rows that `table` may have."""
        return (self.__pydantic_extra__ or {}).get(table, self.max_bad_share)


def _length(value: Any, info: ValidationInfo) -> str | float:
    """Return a duration or a share; raise ValueError with a whole sentence."""
    if isinstance(value, str) and DURATION.fullmatch(value):
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    raise ValueError(
        f"split.{info.field_name} is {shown.repr(value)}: give a time such as 3 months, which"
        " counts back from the newest row, or with split.group a share of the groups such as 0.25"
    )


Length = Annotated[str | float, PlainValidator(_length)]


class Split(Section):
    """How long `validation` and `test` are, by time or as shares of the groups.

    All rows with the same value in the column `group` are in the same part.
    """

    group: str | None = None
    validation: Length
    test: Length

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kinds = [isinstance(length, float) for length in (self.validation, self.test)]
        if any(kinds) and not all(kinds):
            raise ValueError(
                f"split.validation is {self.validation} and split.test is {self.test}: give two"
                " times such as 3 months, or two shares of the groups such as 0.25"
            )
        if all(kinds) and not self.group:
            raise ValueError(
                f"split.test is {self.test}, a share of the groups: add split.group, the column of"
                " what stays together (the column key: each row alone), or give a time such as"
                " 3 months"
            )
        if all(kinds) and float(self.validation) + float(self.test) >= 1:
            raise ValueError(
                f"split.validation is {self.validation} and split.test is {self.test}: together"
                " they have to be less than 1, so that there is something to train on"
            )
        return self

    @property
    def by_share(self) -> bool:
        """Return whether groups are divided by share, not rows by time."""
        return isinstance(self.test, float)

    @property
    def unit(self) -> str:
        """Return what rows share that resemble each other: their group, or their day."""
        return self.group or "day"


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
    # of what is left to gain over the champion, or over the baseline where there is no champion
    max_above_champion: Share | None = 0.1
    max_above_baseline: Share | None = 0.1
    max_below_in_slice: Share
    max_below_in_any_slice: Share = 0.02  # of the loss of a row, in slices that nobody listed
    max_decision_shift: Share | None = 0.1
    max_calibration_error: Share
    min_score_spread: Annotated[float, Field(ge=0)]
    max_above_validation: Share
    max_gain_share: Share | None
    leak_auc: Annotated[float, Field(gt=0.5, le=1)] | None


class Limit(Section):
    """A change beyond `warn` is said; beyond `stop` it holds a release; null: it never does."""

    warn: Annotated[float, Field(ge=0)]
    stop: Annotated[float, Field(ge=0)] | None = None


class Changes(Section):
    """How far a new month of a table may lie beyond those of the last release; null: any.

    A month that the last release had as well may move by a quarter of it.
    """

    missing: Limit | None = Limit(warn=0.05, stop=0.2)  # the share that is missing
    mean: Limit | None = Limit(warn=0.5, stop=1.5)  # standard deviations
    range: Limit | None = Limit(warn=0.5)  # shares of the range
    hour: Limit | None = Limit(warn=0.6, stop=1.2)  # hours: the mean hour of a moment
    peak: Limit | None = Limit(warn=1.5, stop=3)  # hours: at which a number has its daily peak
    rows_per_day: Limit | None = Limit(warn=0.3, stop=0.7)  # shares
    new_values: Limit | None = Limit(warn=0.01, stop=0.1)  # the share of rows with a new value


Costs = dict[str, dict[str, float] | float]


def _with_texts(value: Any) -> Any:
    """Return `value` with text as keys: YAML reads 0 and 1 as numbers."""
    if not isinstance(value, dict):
        return value
    return {str(name): _with_texts(inner) for name, inner in value.items()}


Threshold = float | Literal["cheapest"] | None


class Params(Section):
    """The machinery's sections of params.yaml; a project adds its own to a subclass of this."""

    external: External
    task: Literal["binary", "multiclass", "regression"]
    # decide yes at or above this score; null: no decisions; cheapest: what costs least
    threshold: Threshold
    costs: Annotated[Costs | None, BeforeValidator(_with_texts)] = (
        None  # of errors, for each outcome; null: not known
    )
    quarantine: Quarantine
    changes: Changes = Changes()  # of the tables since the last release
    rows: Any  # the project's own
    split: Split
    train: Any  # the project's own: model/train.py declares it
    evaluate: Evaluate
    gate: Gate
    airflow: Airflow = Airflow()  # if Airflow runs the pipeline

    @model_validator(mode="after")
    def _refuse_costs_and_threshold(self) -> Self:
        """Refuse a threshold that no probability reaches, and costs that do not fit the task."""
        number = isinstance(self.threshold, float) and self.task != "regression"
        if number and not 0 <= float(self.threshold or 0) <= 1:
            raise ValueError(
                f"threshold is {self.threshold:g}, but a score is a probability: give a number from"
                " 0 to 1"
            )
        if self.threshold == "cheapest" and (self.costs is None or self.task != "binary"):
            raise ValueError("threshold is cheapest: that needs costs, and task binary")
        if self.costs is not None:
            _refuse_costs(self.costs, self.task)
        return self


def _refuse_costs(costs: Costs, task: str) -> None:
    if task == "regression":
        if costs.keys() != {"under", "over"}:
            raise ValueError("costs of a regression are two: give costs.under and costs.over")
    elif alone := [name for name, value in costs.items() if not isinstance(value, dict)]:
        raise ValueError(
            f"costs.{alone[0]} is a number: give the cost of each decision for that outcome"
        )
    elif task == "binary" and costs.keys() != {"0", "1"}:
        raise ValueError(
            f"costs has {', '.join(costs) or 'nothing'}: give costs.0 and costs.1, for each outcome"
        )
    found = {
        f"costs.{name}" + (f".{inner}" if inner else ""): cost
        for name, value in costs.items()
        for inner, cost in (value.items() if isinstance(value, dict) else [("", value)])
    }
    for name, cost in found.items():
        if cost < 0:
            raise ValueError(
                f"{name} is {cost:g}: a cost is not negative; if it is a gain, add the same amount"
                " to the costs of that outcome"
            )
    if not any(found.values()):
        raise ValueError("every one of costs is 0: say what an error costs, or set costs to null")


AnyParams = TypeVar("AnyParams", bound=Params)


def load(kind: type[AnyParams], path: Path = Path("params.yaml")) -> AnyParams:
    """Read and check the parameters at `path`; raise InputError naming each wrong one."""
    return read(path, kind)
