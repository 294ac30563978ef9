from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from {{cookiecutter.package_name}} import cli, params
from {{cookiecutter.package_name}}.data import border, features
from {{cookiecutter.package_name}}.data.schema import EXAMPLES
from {{cookiecutter.package_name}}.model import artifact, train
from {{cookiecutter.package_name}}.prediction.predict import predict

SHIPPED = Path(__file__).parents[2] / "params.yaml"


def rows(number=40):
    """Flights of one month, late when they depart after 18:00."""
    hours = [number * 7 % 24 for number in range(number)]
    return pl.DataFrame(
        {
            "key": [f"flight {number}" for number in range(number)],
            "departure": [f"2013-06-{1 + n % 28:02}T{hour:02}:30" for n, hour in enumerate(hours)],
            "sched_dep_time": [hour * 100 + 30 for hour in hours],
            "carrier": ["UA" if number % 3 else "AA" for number in range(number)],
            "target": [float(hour > 18) for hour in hours],
        }
    ).with_columns(pl.col("departure").str.to_datetime(time_unit="us"))


def raw(table):
    wanted = border.types(EXAMPLES)
    absent = [pl.lit(None).alias(name) for name in wanted if name not in table.columns]
    return table.with_columns(absent).select(pl.col(name).cast(wanted[name]) for name in wanted)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    how = params.load(SHIPPED).train.model_copy(update={"min_child_weight": 0.0, "rounds": 20})
    table = features.features(raw(rows())).with_columns(target=rows()["target"])
    known = artifact.describe(table, features.names())
    booster = train.train(table, table, features=known, how=how)
    manifest = train.manifest(booster, table, features=known, how=how)
    folder = tmp_path_factory.mktemp("models") / "candidate"
    artifact.save(booster, manifest, folder, keys=np.array([1], dtype=np.uint64))
    return folder


def run(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def test_a_row_scores_the_same_alone_and_in_a_table(model):
    loaded, table = artifact.load(model), raw(rows())
    whole = predict(table, loaded)
    alone = pl.concat([predict(table[place], loaded) for place in range(table.height)])
    assert whole.equals(alone)


def test_batch_gives_what_the_library_call_gives(model, tmp_path):
    raw(rows()).write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet", "--model", model)
    assert result.exit_code == 0, result.output
    expected = predict(raw(rows()), artifact.load(model))
    assert pl.read_parquet(tmp_path / "out.parquet").equals(expected)
    assert expected.columns == ["key", "score", "model_version"]


def test_more_columns_than_needed_do_no_harm(model, tmp_path):
    rows_with_target = raw(rows()).with_columns(target=rows()["target"])
    rows_with_target.write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet", "--model", model)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: table.drop("carrier"), "lacks carrier"),
        (lambda table: table.cast({"distance": pl.String}), "distance is String, not Int16"),
        (lambda table: table.clear(), "has no rows"),
        (lambda table: pl.concat([table, table[:1]]), "occur more than once"),
        (lambda table: table.with_columns(key=pl.lit(None, pl.String)), "40 rows have no key"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_and_writes_nothing(change, sentence, model, tmp_path):
    change(raw(rows())).write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet", "--model", model)
    assert result.exit_code == 1
    assert sentence in result.output
    assert len(result.output.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.parametrize("target", ["in.parquet", "."])
def test_scores_do_not_overwrite_their_source_or_a_folder(target, model, tmp_path):
    raw(rows()).write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / target, "--model", model)
    assert result.exit_code == 1
    assert "would be overwritten" in result.output
    assert pl.read_parquet(tmp_path / "in.parquet").equals(raw(rows()))


def test_without_a_model_the_folder_is_named(tmp_path):
    raw(rows()).write_parquet(tmp_path / "in.parquet")
    result = run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet", "--model", tmp_path)
    assert result.exit_code == 1
    assert f"{tmp_path} holds no model" in result.output
