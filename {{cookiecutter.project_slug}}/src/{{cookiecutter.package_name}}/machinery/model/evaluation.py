"""The measurements of a candidate, as in reports/evaluation.json."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import InputError


class Report(BaseModel):
    """A part of a report: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(Report):
    """A metric and its 95 % interval; None where it could not be measured."""

    value: float | None
    low: float | None
    high: float | None


class Comparison(Report):
    """The models on the same rows, and the candidate's difference to each of the others."""

    rows: int
    models: dict[str, dict[str, Interval]]
    difference_to: dict[str, dict[str, Interval]]

    @property
    def candidate(self) -> dict[str, float]:
        """Return the candidate's metrics; NaN where one could not be measured."""
        return {
            name: float("nan") if metric.value is None else metric.value
            for name, metric in self.models["model"].items()
        }


class Importance(Report):
    """A feature's share of the gain, and how much shuffling it worsens the headline metric.

    If the model does not know its gains, `gain` is the feature's share of these losses.
    """

    feature: str
    gain: float
    permutation: float


class ByClass(Report):
    """How well the model tells one class from the others; no interval."""

    name: str
    rows: int
    precision: float | None
    recall: float | None
    roc_auc: float | None
    predicted: dict[str, int]  # how many of its rows were taken for each class


class Measured(Report):
    """Which model was measured, with the parts of its manifest that readers need."""

    sha256: str
    task: str
    model: Literal["xgboost", "onnx"] = "xgboost"
    reproducible: bool = True
    importance: Literal["gain", "permutation"] = "gain"  # how the features are ranked
    headline: str
    threshold: float | None
    interval: float | None
    costs: dict[str, Any] | None = None
    parameters: dict[str, Any]
    environment: dict[str, str]
    data: dict[str, str]


class Tested(Report):
    """Which rows were measured, and the unit that the intervals resample: row, day or a group."""

    rows: int
    first: str | None  # day, UTC
    last: str | None
    keys: str  # the start of the SHA-256 of their keys, in their order
    unit: str
    units: int


class Look(Report):
    """A slice that nobody listed, and how the candidate compares there with a rival."""

    name: str
    rows: int
    gain: float  # of the loss of a row, as a share of the rival's
    high: float  # upper bound, corrected for the number of slices
    spread: float | None  # of the scores, compared with all rows, as a share of the rival's


class Unlisted(Report):
    """The worst of all slices that can be made of the features and the time of the rows."""

    looks: int
    worst: Look | None
    flattest: Look | None


class Evaluation(Report):
    """All that was measured: the slice `overall` has every test row, others are column=value."""

    model: Measured
    test: Tested
    slices: dict[str, Comparison]
    importance: list[Importance]
    classes: list[ByClass] = []  # of a multiclass task
    costs: Comparison | None = None  # per 1,000 rows: model, baselines, and one decision for all
    unlisted: Unlisted | None = None  # against the linear baseline

    @property
    def overall(self) -> Comparison:
        """Return the comparison on all test rows."""
        return self.slices["overall"]


def read(path: Path) -> Evaluation:
    """Read reports/evaluation.json; raise InputError when it is missing or not an evaluation."""
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: run `make repro`") from None
    except ValidationError:
        raise InputError(f"{path} is not an evaluation of this version: run `make repro`") from None
