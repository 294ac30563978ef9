"""A log with answers of the tiny project's model on chosen days."""

from datetime import UTC, date, datetime, time

import polars as pl
import pytest
import sqlalchemy as sa

from machinery import database
from machinery.prediction import arms
from machinery.prediction.log import record, tables
from machinery.prediction.predict import predict
from tiny.postgresql import server  # noqa: F401  for the tests
from tiny.project import PROJECT

from .experiment_log import Log


@pytest.fixture(scope="session")
def alone(sample) -> arms.Arms:
    """The tiny project's model for everyone."""
    return arms.alone(PROJECT, sample / "models/candidate")


@pytest.fixture(scope="session")
def parcels(sample) -> pl.DataFrame:
    """The rows of the tiny project."""
    return pl.read_parquet(sample / "data/rows.parquet").select(list(PROJECT.row.columns))


@pytest.fixture
def engine(tmp_path) -> sa.Engine:
    """The engine of an empty log."""
    return tables.open_tables(database.parse(f"sqlite:///{tmp_path}/log.sqlite"))


@pytest.fixture
def log(tmp_path) -> Log:
    """The log of an experiment that has just begun."""
    return Log(tmp_path)


def answer(engine, alone, rows, day: date, *, name="", hour=12):
    """Record the answers for `rows` as given on `day`."""
    answers = predict(rows, alone)
    made = record.records(
        rows,
        answers,
        request_id=f"{day} {name}",
        first=0,
        assign_by="key",
        time=datetime.combine(day, time(hour), UTC),
    )
    with engine.begin() as connection:
        tables.insert(connection, made.to_dicts())
