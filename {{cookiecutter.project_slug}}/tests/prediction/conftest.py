"""Forty flights made by hand, and two small models that know them."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from {{cookiecutter.package_name}} import cli, params
from {{cookiecutter.package_name}}.data import border, features
from {{cookiecutter.package_name}}.data.schema import EXAMPLES
from {{cookiecutter.package_name}}.data.split import key_hashes
from {{cookiecutter.package_name}}.model import artifact, train

SHIPPED = Path(__file__).parents[2] / "params.yaml"
NUMBERS = range(40)
HOURS = [number * 7 % 24 for number in NUMBERS]


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """Flights of one month that obey EXAMPLES; what was not measured is missing."""
    known = pl.DataFrame(
        {
            "key": [f"flight {number}" for number in NUMBERS],
            "departure": [f"2013-06-{1 + n % 28:02}T{hour:02}:30" for n, hour in enumerate(HOURS)],
            "sched_dep_time": [hour * 100 + 30 for hour in HOURS],
            "sched_arr_time": [2359] * len(NUMBERS),
            "carrier": ["UA" if number % 3 else "AA" for number in NUMBERS],
            "origin": ["EWR"] * len(NUMBERS),
            "dest": ["IAH"] * len(NUMBERS),
            "distance": [1400] * len(NUMBERS),
            "temp": [50.1 + number / 7 for number in NUMBERS],
            "seats": [149 if number % 4 else None for number in NUMBERS],
        }
    ).with_columns(pl.col("departure").str.to_datetime(time_unit="us"))
    wanted = border.types(EXAMPLES)
    absent = [pl.lit(None).alias(name) for name in wanted if name not in known.columns]
    return known.with_columns(absent).select(
        pl.col(name).cast(kind) for name, kind in wanted.items()
    )


@pytest.fixture(scope="session")
def models(rows, tmp_path_factory) -> Path:
    """A folder with two models, champion and challenger: late flights depart after 18:00, or 6:00.

    They have learned other targets, so that one sees in a score who gave it.
    """
    folder = tmp_path_factory.mktemp("models")
    how = params.load(SHIPPED).train.model_copy(update={"min_child_weight": 0.0, "rounds": 20})
    for name, hour in {"champion": 18, "challenger": 6}.items():
        late = pl.Series("target", [float(departs > hour) for departs in HOURS])
        table = features.features(rows).with_columns(late)
        known = artifact.describe(table, features.names())
        booster = train.train(table, table, features=known, how=how)
        manifest = train.manifest(booster, table, features=known, how=how)
        artifact.save(booster, manifest, folder / name, keys=key_hashes(rows["key"]))
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
