"""How many units an experiment needs before it can find a difference that matters."""

from dataclasses import dataclass
from math import ceil

from ...errors import InputError
from .looks import needed_error
from .verdict import MIN_UNITS


@dataclass(frozen=True)
class Plan:
    """The units that both arms need together, for any number of looks and for a single one."""

    any_looks: int
    once: int


def plan(*, deviation: float, matters: float, treated: float, control: float) -> Plan:
    """Return the units that arms with these shares need.

    `deviation` is the standard deviation of the measure from unit to unit. Raises InputError for
    numbers with which no experiment is possible.
    """
    if matters <= 0 or deviation <= 0:
        raise InputError(
            f"a difference of {matters:g} with a deviation of {deviation:g} cannot be planned:"
            " give two numbers above 0"
        )
    if treated <= 0 or control <= 0 or treated + control > 1:
        raise InputError(
            f"shares of {treated:g} and {control:g} make no experiment: give two above 0, together"
            " at most 1"
        )
    both = treated + control
    scale = both / treated + both / control
    least = MIN_UNITS * both / min(treated, control)
    units = [
        ceil(max(least, scale * (deviation / needed_error(matters, once=once)) ** 2))
        for once in (False, True)
    ]
    return Plan(*units)
