"""Your own sections of params.yaml; the other sections belong to the machinery."""

from .machinery import params
from .machinery.params import Section


class Rows(Section):
    """What one row is and what its label says; declare here what params.yaml may set."""


class Params(params.Params):
    """All of params.yaml."""

    rows: Rows
