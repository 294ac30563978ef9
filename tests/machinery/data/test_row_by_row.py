"""Row by row: a feature that looks at other rows is refused by its name."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from machinery.data import features, row_by_row
from machinery.errors import InputError
from machinery.project import Project
from tiny.data.parcels import parcels as clean_parcels
from tiny.project import PROJECT
from tiny.sample import parcels

ROWS = clean_parcels(parcels(300)).with_columns(target=pl.lit(0.0))
FITTED = """\
import polars as pl

SCALE = {}


def features(rows):
    if not SCALE:
        SCALE["mean"] = rows.select(pl.col("weight").mean()).collect().item()
    return rows.select("carrier", heavy=pl.col("weight") / SCALE["mean"])
"""


def check(project: Project, rows: pl.DataFrame = ROWS) -> None:
    row_by_row.check(project, rows, features.features(project, rows), features.features)


def refused(function: Callable[[pl.LazyFrame], pl.LazyFrame]) -> str:
    with pytest.raises(InputError) as error:
        check(replace(PROJECT, features=function))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "value",
    [
        pl.col("weight").rolling_mean(28).over("carrier"),
        pl.col("weight").shift(1),
        pl.col("weight") - pl.col("weight").mean(),
        pl.col("weight").rank(),
        pl.col("weight").mean().over("carrier"),
        pl.col("weight").map_batches(lambda one: one - one.min(), return_dtype=pl.Float64),
        pl.int_range(pl.len()),
        pl.col("stops").fill_null(strategy="forward").cum_sum(),
    ],
    ids=["rolling", "lag", "centred", "rank", "group-mean", "map_batches", "number", "sum"],
)
def test_a_feature_of_other_rows_is_refused_by_its_name(value: pl.Expr) -> None:
    said = refused(lambda rows: rows.select("carrier", "stops", price=value))
    assert said.startswith("data/features.py: the feature price of row P")
    assert "among all rows" in said
    assert "history belong in rows()" in said


def test_what_depends_on_the_order_of_the_rows_is_refused() -> None:
    later = (pl.col("sent") >= pl.col("sent").shift(1)).fill_null(value=True)
    assert "in a shuffled sample" in refused(lambda rows: rows.select("stops", later=later))


def test_features_of_one_row_are_accepted_in_a_table_of_any_size() -> None:
    odd = pl.col("weight").log() / 3 + pl.col("stops").cast(pl.Float64).sqrt()
    for rows in (ROWS, ROWS[:1], ROWS[:0]):
        check(PROJECT, rows)
        check(replace(PROJECT, features=lambda rows: rows.select("carrier", odd=odd)), rows)


def test_state_that_is_learned_from_the_first_rows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fitted").mkdir()
    (tmp_path / "fitted/__init__.py").touch()
    (tmp_path / "fitted/features.py").write_text(FITTED)
    monkeypatch.syspath_prepend(tmp_path)
    module = import_module("fitted.features")
    project = replace(PROJECT, package="fitted", features=module.features)
    with pytest.raises(InputError, match=r"the feature heavy of row P0 is 1\.0 alone, but"):
        check(project)
    assert import_module("fitted.features") is module  # the project keeps its own
    assert module.SCALE["mean"] == ROWS["weight"].mean()


def test_the_stage_refuses_and_writes_nothing(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "rows.parquet")
    ranked = replace(PROJECT, features=lambda rows: rows.select(rank=pl.col("weight").rank()))
    with pytest.raises(InputError, match="the feature rank of row"):
        features.main(ranked, tmp_path / "rows.parquet", tmp_path / "features.parquet")
    assert not (tmp_path / "features.parquet").exists()
