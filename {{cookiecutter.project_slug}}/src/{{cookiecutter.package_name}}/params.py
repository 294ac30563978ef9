"""Your own sections of params.yaml; the other sections belong to the machinery."""

from typing import Annotated

from pydantic import Field

from .machinery import params
from .machinery.params import Section


class Rows(Section):
    """What one row is, and what its label says."""

    late_after: float | None  # minutes; null: the delay itself is the target, for regression
    horizon_hours: Annotated[float, Field(ge=0, le=8760)]
    max_weather_age_hours: Annotated[float, Field(ge=0.1, le=8760)]


class Params(params.Params):
    """All of params.yaml."""

    rows: Rows
