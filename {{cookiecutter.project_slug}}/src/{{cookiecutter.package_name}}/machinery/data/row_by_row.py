"""Compares features of all rows with those of single rows, as the service computes them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import polars as pl

from ..errors import InputError
from ..project import Project
from .differences import Difference, difference
from .table import KEY

Compute = Callable[[Project, pl.DataFrame], pl.DataFrame]  # the features of rows

ALONE, SHUFFLED = 25, 1_000  # rows that are computed one at a time, and in another order


def check(project: Project, rows: pl.DataFrame, made: pl.DataFrame, compute: Compute) -> None:
    """Raise InputError, naming the feature, if `made` of all `rows` are not made row by row."""
    if rows.is_empty():
        return
    places = pl.int_range(rows.height, eager=True)
    few = places.gather_every(-(-rows.height // ALONE))
    many = places.sample(min(SHUFFLED, rows.height), shuffle=True, seed=1)
    with fresh(project) as new:
        single = [compute(new, row) for row in rows[few].iter_slices(1)]
    _refuse(rows[few], made[few], pl.concat(single), "alone")
    _refuse(rows[many], made[many], compute(project, rows[many]), "in a shuffled sample")


def _refuse(rows: pl.DataFrame, made: pl.DataFrame, again: pl.DataFrame, how: str) -> None:
    keys = rows.select(KEY)
    typed = again.select(pl.col(name).cast(kind) for name, kind in made.schema.items())
    found = difference(made.hstack(keys), typed.hstack(keys))
    if found:
        raise InputError(_explained(found, how))


def _explained(found: Difference, how: str) -> str:
    return (
        f"data/features.py: the feature {found.column} of row {found.key} is {found.again} {how},"
        f" but {found.first} among all rows, so the service would answer differently: use only the"
        " columns of its own row; lags, means and other history belong in rows() of data/rows.py,"
        " and what is learned from many rows belongs in the model"
    )


@contextmanager
def fresh(project: Project) -> Iterator[Project]:
    """Yield the project with its feature code imported again, without what it keeps in memory.

    A process that answers has never seen the training rows either.
    """
    function = project.features
    package = f"{project.package}."
    yours = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith(package) and not name.startswith(f"{package}machinery")
    }
    if function.__module__ not in yours or not function.__qualname__.isidentifier():
        yield project  # a function within a function cannot be imported
        return
    parent, held = sys.modules[str(project.package)], dict(vars(sys.modules[str(project.package)]))
    for name in yours:
        del sys.modules[name]
    try:
        module = import_module(function.__module__)
        yield replace(project, features=getattr(module, function.__name__))
    finally:
        for name in [each for each in sys.modules if each.startswith(package)]:
            if not name.startswith(f"{package}machinery"):
                del sys.modules[name]
        sys.modules.update(yours)
        vars(parent).update(held)
