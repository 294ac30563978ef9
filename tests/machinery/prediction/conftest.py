"""Forty rows like the example of the schema, and two small models that know them."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from machinery import cli, params
from machinery.data import border, features
from machinery.data.schema import EXAMPLE, EXAMPLES, KEY, TARGET
from machinery.data.split import key_hashes
from machinery.model import artifact, train

SHIPPED = Path(__file__).parents[2] / "params.yaml"
KINDS = border.types(EXAMPLES)
PLACES = [number * 7 % 40 for number in range(40)]
# The columns that have a lowest and a highest value and no further rule; the first one varies.
RANGES = {
    name: (column.checks[0].statistics["min_value"], column.checks[0].statistics["max_value"])
    for name, column in EXAMPLES.columns.items()
    if [check.name for check in column.checks] == ["in_range"]
}
NUMBER, (LOW, HIGH) = next(iter(RANGES.items()))


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
    """Rows that obey EXAMPLES: one column takes values from its lowest to its highest."""
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
    given = features.features(rows).with_columns(target)
    how = params.load(SHIPPED).train.model_copy(
        update={
            "problem": "binary",
            "model": "boosted",
            "threshold": 0.25,
            "learning_rate": 0.1,
            "min_child_weight": 0.0,
            "rounds": rounds,
            "monotone_constraints": {},
        }
    )
    known = artifact.describe(given, features.names())
    booster = train.train(given, given, features=known, how=how)
    manifest = train.manifest(booster, given, features=known, how=how)
    artifact.save(booster, manifest, folder, keys=key_hashes(rows[KEY]))


@pytest.fixture(scope="session")
def models(rows, tmp_path_factory) -> Path:
    """A folder with two models, champion and challenger.

    They have learned other targets, so that one sees in a score who gave it.
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
    """Run a command of the project on the champion alone, and return what came of it."""
    monkeypatch.setenv("MODEL", str(model))
    return lambda *arguments: CliRunner().invoke(cli.main, [str(each) for each in arguments])
