"""Forty rows like the example of the tiny project, and two small models that know them."""

import sys
import time
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from machinery import cli, database, params
from machinery.data.features import features, names
from machinery.data.split import key_hashes
from machinery.data.table import KEY, TARGET, types
from machinery.model import artifact, train
from tiny.model.train import Train
from tiny.postgresql import ESCAPED, PASSWORD, server  # noqa: F401  for the tests
from tiny.project import PROJECT

TEMPLATE = Path(__file__).parents[3]
ROLLOUT = TEMPLATE / "{{cookiecutter.project_slug}}/rollout.yaml"
PARAMS = TEMPLATE / "tests/machinery/tiny/params.yaml"
MAIN = [sys.executable, "-m", "tiny.project"]  # the command line as a process of its own
EXAMPLE = PROJECT.row.example
KINDS = types(PROJECT.row)
PLACES = [number * 7 % 40 for number in range(40)]
# The columns that have a lowest and a highest value and no further rule.
RANGES = {
    name: (column.checks[0].statistics["min_value"], column.checks[0].statistics["max_value"])
    for name, column in PROJECT.row.columns.items()
    if [check.name for check in column.checks] == ["in_range"]
}
# The whole number that varies from row to row.
NUMBER, (LOW, HIGH) = next(item for item in RANGES.items() if KINDS[item[0]].is_integer())


def table(*instances) -> pl.DataFrame:
    """Return instances, such as the service gets, as batch reads them."""
    times = [name for name, kind in KINDS.items() if kind.is_temporal()]
    texts = pl.DataFrame(
        [dict.fromkeys(KINDS) | instance for instance in instances],
        infer_schema_length=None,
        schema_overrides=dict.fromkeys(times, pl.String),
    )
    zoned = texts.with_columns(pl.col(times).str.to_datetime(time_zone="UTC"))
    return zoned.with_columns(pl.col(times).dt.replace_time_zone(None)).select(
        pl.col(name).cast(kind) for name, kind in KINDS.items()
    )


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Rows that obey ROW: one column takes values from its lowest to its highest."""
    step = (HIGH - LOW) / 40
    return table(
        *(
            EXAMPLE | {KEY: f"row {number}", NUMBER: round(LOW + step * place)}
            for number, place in enumerate(PLACES)
        )
    )


def learn(folder: Path, rows: pl.DataFrame, *, above: int, rounds: int = 20) -> None:
    """Train a model on `rows` into `folder`; their target is 1 where the place is `above`."""
    target = pl.Series(TARGET, [float(place > above) for place in PLACES])
    given = features(PROJECT, rows).with_columns(target)
    settings = params.load(PROJECT.params, PARAMS).model_copy(update={"threshold": 0.25})
    known = artifact.describe(given, names(PROJECT))
    model = PROJECT.trainer()(
        given,
        given,
        features=known,
        task=settings.task,
        params=Train(**settings.train | {"rounds": rounds}),
    )
    manifest = train.manifest(
        model,
        given,
        features=known,
        settings=settings,
        features_version=PROJECT.features_version,
    )
    artifact.save(model, manifest, folder, keys=key_hashes(rows[KEY]))


def load(folder: Path) -> artifact.Artifact:
    """Load the model in a folder."""
    return artifact.load(folder, PROJECT.features_version)


@pytest.fixture(scope="session")
def models(rows, tmp_path_factory) -> Path:
    """A folder with two models, champion and challenger.

    They have learned different targets, so that a score shows which model it came from.
    """
    folder = tmp_path_factory.mktemp("models")
    learn(folder / "champion", rows, above=30)
    learn(folder / "challenger", rows, above=10)
    return folder


@pytest.fixture(scope="session")
def model(models) -> Path:
    """The folder of the champion."""
    return models / "champion"


@pytest.fixture
def run(model, monkeypatch):
    """Run a command of the project on the champion alone, and return its result."""
    monkeypatch.setenv("MODEL", str(model))
    return command


def command(*arguments):
    """Run a command of the project in this process, and return its result."""
    return CliRunner().invoke(cli.commands, [str(each) for each in arguments], obj=PROJECT)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/database.sqlite"
    started = request.getfixturevalue("server")
    name = f"test_{time.monotonic_ns()}"
    engine = database.open_engine(database.parse(f"{started}/postgres"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return f"{started}/{name}"


def ask(url, question):
    """Return the rows that answer a question in SQL."""
    with database.open_engine(database.parse(url)).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(question))]
