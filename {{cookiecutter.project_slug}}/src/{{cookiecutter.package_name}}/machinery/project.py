"""A project as the machinery sees it: one object that names the pieces of its code."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, signature
from typing import Any

import polars as pl

from .data.table import KEY, KNOWN, TARGET, Row, Table
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
    " task: str, params: Train) -> Model"
)


@dataclass(frozen=True, kw_only=True)
class Project:
    """The pieces of a project. Every function goes from frames and parameters to frames."""

    package: str | None  # the package that they are in
    params: type[Params] = MISSING  # all of params.yaml
    tables: Sequence[Table] = MISSING  # the external tables; data/<name>.py cleans each of them
    row: Row = MISSING  # the input of a prediction
    rows: Callable[..., pl.LazyFrame] = MISSING  # joins clean tables to rows
    target: Callable[..., pl.LazyFrame] = MISSING  # key and label of the rows that have one
    features: Callable[[pl.LazyFrame], pl.LazyFrame] = MISSING  # computed from one row at a time
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
        raise InputError(
            f"data/schema.py declares no table {name!r} in TABLES, only {known}: declare it, or"
            " take it out of dvc.yaml"
        )

    def cleaner(self, name: str) -> Callable[..., pl.DataFrame]:
        """Return the function that cleans the table `name`: data/<name>.py holds it."""
        return self._function(f"data.{name}", name, CLEAN.format(name))

    def trainer(self) -> Callable[..., Any]:
        """Import and return the function that fits the model."""
        module, _, name = self.train.partition(":")
        return self._function(module, name, TRAIN)

    def _function(self, module: str, name: str, example: str) -> Callable[..., Any]:
        path = f"{module.replace('.', '/')}.py"
        try:
            found = getattr(import_module(f"{self.package}.{module}"), name, None)
        except ModuleNotFoundError as error:
            if not f"{self.package}.{module}.".startswith(f"{error.name}."):
                raise  # the module exists, but a module that it imports does not
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
    tables = project.tables
    if not (isinstance(tables, Sequence) and tables and all(isinstance(t, Table) for t in tables)):
        yield _wrong("tables", "is not a sequence of tables")
        return
    names = [table.name for table in tables]
    if twice := {name for name in names if names.count(name) > 1}:
        yield _wrong("tables", f"declares {', '.join(sorted(twice))} more than once")
    for table in tables:
        if unknown := [name for name in table.key if name not in table.columns]:
            yield f"data/schema.py: the key of {table.name} names {unknown[0]}: declare that column"
    if fault := _fault_of_row(project.row):
        yield _wrong("row", fault)
    yield from _unfit("rows", project.rows, {*names, "params"}, by_name=True)
    yield from _unfit("target", project.target, {*names, "params"}, by_name=True)
    yield from _unfit("features", project.features, 1)
    yield from _unfit("decide", project.decide, 2)
    if not isinstance(project.features_version, int):
        yield _wrong("features_version", "is not a whole number")
    if not re.fullmatch(r"[\w.]+:\w+", str(project.train)):
        yield _wrong("train", f"is {project.train!r}, not module:function")
    for name in names:  # not imported here: the serving image lacks what only cleaning needs
        if find_spec(f"{project.package}.data.{name}") is None:
            yield f"data/{name}.py is missing: write it, with `{CLEAN.format(name)}`"


def _fault_of_row(row: Any) -> str | None:
    if not isinstance(row, Row) or KEY not in row.columns:
        return f"is not a Row with a column {KEY!r}"
    for name, meaning in {TARGET: "the label", KNOWN: "when the label becomes known"}.items():
        if name in row.columns:
            return f"has a column {name!r}, which is {meaning}, not known before the answer"
    if row.time and row.time not in row.columns:
        return f"has no column {row.time!r}, which it names as its time"
    if unknown := row.example.keys() - row.columns.keys():
        return f"has no column {min(unknown)!r}, which its example names"
    required = {name for name, column in row.columns.items() if not column.nullable}
    if missing := required - row.example.keys():
        return f"has an example without {min(missing)!r}"
    return None


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
