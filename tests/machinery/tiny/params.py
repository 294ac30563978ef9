"""The tiny project's own sections of params.yaml."""

from machinery import params
from machinery.params import Section


class Rows(Section):
    """Which parcels are rows, and when one is late."""

    max_weight: float
    promised_days: float | None  # null: the days themselves are the target, for regression


class Params(params.Params):
    """All of params.yaml."""

    rows: Rows
