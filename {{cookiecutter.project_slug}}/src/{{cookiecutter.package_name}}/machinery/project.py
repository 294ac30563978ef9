"""A project as the machinery sees it: one object that names the pieces of its code."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, signature
from typing import Any

import polars as pl

from .data.table import KEY, TARGET, Row, Table
from .errors import InputError
from .params import Params

MISSING: Any = None  # reported by `check`, in a sentence

# Where each piece belongs, and what it looks like.
PIECES = {
    "params": ("params.py", "class Params(machinery.params.Params)"),
    "tables": ("data/schema.py", "TABLES = (FLIGHTS, WEATHER), each of them a Table"),
    "row": ("data/schema.py", "ROW = Row(columns={...}, example={...}, time='departure')"),
    "rows": (
        "data/rows.py",
        "def rows(*, flights: pl.LazyFrame, weather: pl.LazyFrame, params: Rows) -> pl.LazyFrame",
    ),
    "target": (
        "data/target.py",
        "def target(*, flights: pl.LazyFrame, params: Rows) -> pl.LazyFrame",
    ),
    "features": ("data/features.py", "def features(rows: pl.LazyFrame) -> pl.LazyFrame"),
    "features_version": ("data/features.py", "VERSION = 1"),
    "train": ("project.py", "train='model.train:train'"),
    "decide": (
        "prediction/decide.py",
        "def decide(scores: pl.Series, threshold: float | None) -> pl.Series",
    ),
}
CLEAN = "def {0}(rows: pl.DataFrame) -> pl.DataFrame"
TRAIN = (
    "def train(rows: pl.DataFrame, validation: pl.DataFrame, *, features: list[Feature],"
    " task: str, params: Train, callbacks: Sequence[TrainingCallback]) -> xgb.Booster"
)


@dataclass(frozen=True, kw_only=True)
class Project:
    """The pieces of a project. Every function goes from frames and parameters to frames."""

    package: str | None  # the package that they are in
    params: type[Params] = MISSING  # all of params.yaml
    tables: Sequence[Table] = MISSING  # the external tables; data/<name>.py cleans each of them
    row: Row = MISSING  # what the model is asked about
    rows: Callable[..., pl.LazyFrame] = MISSING  # joins clean tables to rows
    target: Callable[..., pl.LazyFrame] = MISSING  # key and label of the rows that have one
    features: Callable[[pl.LazyFrame], pl.LazyFrame] = MISSING  # of one row at a time
    features_version: int = MISSING  # raised when a feature changes its meaning
    train: str = MISSING  # module:function, which only the stage `train` imports
    decide: Callable[[pl.Series, float | None], pl.Series] = MISSING  # from scores to decisions
    deciding: Sequence[str] = ()  # further packages whose version decides your numbers

    def table(self, name: str) -> Table:
        """Return the table `name`; raise InputError when the schema does not declare it."""
        for table in self.tables:
            if table.name == name:
                return table
        known = ", ".join(table.name for table in self.tables)
        raise InputError(f"data/schema.py declares no table {name!r} in TABLES, only {known}")

    def cleaner(self, name: str) -> Callable[..., pl.DataFrame]:
        """Return the function that cleans the table `name`: data/<name>.py holds it."""
        return self._function(f"data.{name}", name, CLEAN.format(name))

    def trainer(self) -> Callable[..., Any]:
        """Import and return the function that fits the model."""
        module, _, name = self.train.partition(":")
        return self._function(module, name, TRAIN)

    @cached_property
    def feature_names(self) -> list[str]:
        """Return the names of the features, in the order in which the model knows them."""
        from .data.features import features  # noqa: PLC0415  it is handed a project

        empty = pl.DataFrame(
            schema={name: column.dtype.type for name, column in self.row.columns.items()}
        )
        return features(self, empty).columns

    def _function(self, module: str, name: str, example: str) -> Callable[..., Any]:
        path = f"{module.replace('.', '/')}.py"
        try:
            found = getattr(import_module(f"{self.package}.{module}"), name, None)
        except ModuleNotFoundError as error:
            if error.name != f"{self.package}.{module}":
                raise
            raise InputError(f"{path} is missing: write it, with `{example}`") from None
        if not callable(found):
            raise InputError(f"{path} has no function {name}: write `{example}`")
        return found  # type: ignore[no-any-return]


def check(project: Project) -> None:
    """Raise InputError that names each piece that is missing or wrong, with an example of it."""
    if faults := list(_faults(project)):
        raise InputError("; ".join(faults))


def _faults(project: Project) -> Iterator[str]:
    missing = [name for name in PIECES if getattr(project, name) is MISSING]
    for name in missing:
        place, example = PIECES[name]
        yield f"project.py names no {name}: write it in {place}, as `{example}`, and name it there"
    if missing:
        return
    if not (isinstance(project.params, type) and issubclass(project.params, Params)):
        yield _wrong("params", "is not a class of parameters")
    if not (project.tables and all(isinstance(table, Table) for table in project.tables)):
        yield _wrong("tables", "is not a sequence of tables")
        return
    names = [table.name for table in project.tables]
    if twice := {name for name in names if names.count(name) > 1}:
        yield _wrong("tables", f"declares {', '.join(sorted(twice))} more than once")
    if not isinstance(project.row, Row) or KEY not in project.row.columns:
        yield _wrong("row", f"is not a Row with a column {KEY!r}")
    elif TARGET in project.row.columns or (project.row.time or KEY) not in project.row.columns:
        yield _wrong("row", f"needs its column of time, {project.row.time!r}, and no {TARGET!r}")
    yield from _unfit("rows", project.rows, {*names, "params"}, by_name=True)
    yield from _unfit("target", project.target, {*names, "params"}, by_name=True)
    yield from _unfit("features", project.features, 1)
    yield from _unfit("decide", project.decide, 2)
    for name in names:  # not imported here: the serving image lacks what only cleaning needs
        if find_spec(f"{project.package}.data.{name}") is None:
            yield f"data/{name}.py is missing: write it, with `{CLEAN.format(name)}`"


def _unfit(
    name: str, function: Any, takes: set[str] | int, *, by_name: bool = False
) -> Iterator[str]:
    """Yield a sentence unless `function` takes the named arguments, or that many by position."""
    if not callable(function):
        yield _wrong(name, "is not a function")
        return
    parameters = signature(function).parameters.values()
    if by_name and isinstance(takes, set):
        unknown = sorted(each.name for each in parameters if each.name not in takes)
        if unknown:
            known = ", ".join(sorted(takes))
            yield _wrong(name, f"takes {', '.join(unknown)}, but there is only {known}")
    else:
        required = [each for each in parameters if each.default is Parameter.empty]
        if len(required) != takes:
            yield _wrong(name, f"takes {len(required)} arguments instead of {takes}")


def _wrong(name: str, fault: str) -> str:
    place, example = PIECES[name]
    return f"{name} {fault}: correct {place}, as in `{example}`"
