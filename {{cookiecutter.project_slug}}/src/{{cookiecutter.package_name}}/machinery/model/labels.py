"""Labels of classes: text in the tables, numbers for the model."""

import polars as pl

from ..data.table import TARGET
from ..errors import InputError

FEWEST, MOST = 3, 100  # classes


def classes(target: pl.Series) -> list[str]:
    """Return the names of the classes in the training rows, numbers in their order."""
    names = _text(target).unique().to_list()
    return sorted(
        names, key=lambda name: (not name.isdecimal(), len(name) * name.isdecimal(), name)
    )


def coded(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return `rows` with the place of each label in `names` as their target.

    Without names they stay as they are. Raises InputError for a label that is not among them.
    """
    if not names:
        return rows
    target = _text(rows[TARGET])
    if unknown := sorted(set(target.unique()) - set(names)):
        raise InputError(
            f"the target holds {unknown[0]!r}, which the training rows do not: the model knows"
            f" {', '.join(names)}; give each class rows in train, or merge rare classes in"
            " data/target.py"
        )
    return rows.with_columns(target.cast(pl.Enum(names)).to_physical().cast(pl.Float64))


def refuse(target: pl.Series, task: str) -> None:
    """Raise InputError when `target` is not of the kind that `task` needs."""
    number = target.n_unique()
    if task != "multiclass":
        if target.dtype == pl.String:
            raise InputError(
                f"params.yaml: task is {task}, but the target holds text, such as {target[0]!r}:"
                f" {_instead_of_text(number)}"
            )
        if task == "regression" and set(target.unique()) == {0.0, 1.0}:
            raise InputError(
                "params.yaml: task is regression, but the target holds 0 and 1 alone: set task to"
                " binary"
            )
        return
    if target.dtype != pl.String and not (target == target.round()).all():
        raise InputError(
            f"params.yaml: task is multiclass, but the target holds {target[0]:g} and other numbers"
            " that are not whole: correct data/target.py, or set task to regression"
        )
    if not FEWEST <= number <= MOST:
        two = number == FEWEST - 1
        binary = "set task to binary and let data/target.py return 0 and 1"
        remedy = binary if two else "correct data/target.py"
        raise InputError(
            f"params.yaml: task is multiclass, but train holds {number} classes, not {FEWEST} to"
            f" {MOST}: {remedy}"
        )


def _instead_of_text(number: int) -> str:
    """Return what to do with a target of so many different texts."""
    if number < FEWEST:
        return (
            "let data/target.py return 1 for the outcome that the score is for, and 0 for the other"
        )
    if number > MOST:
        return f"it holds {number} of them, so let data/target.py return a number or a few classes"
    return "set task to multiclass"


def _text(target: pl.Series) -> pl.Series:
    return target if target.dtype == pl.String else target.cast(pl.Int64).cast(pl.String)
