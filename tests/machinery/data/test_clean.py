"""The stage `clean`: the machinery validates a table, the project's function cleans it."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from machinery import params
from machinery.data import clean
from machinery.data.clean import without_outcome
from machinery.data.table import types
from machinery.errors import InputError
from tiny.data.schema import PARCELS
from tiny.params import Params
from tiny.project import PROJECT
from tiny.sample import HERE, parcels

SETTINGS = params.load(Params, HERE / "params.yaml")
BROKEN = parcels(100).with_columns(
    weight=pl.when(pl.col("number") < 5).then(-1.0).otherwise("weight")
)


def cleaned(raw: pl.DataFrame, folder: Path, *, settings: Params = SETTINGS) -> pl.DataFrame:
    raw.write_parquet(folder / "parcels.parquet")
    paths = folder / "parcels.parquet", folder / "bad.parquet"
    return clean.clean(PROJECT, *paths, table=PARCELS, settings=settings)


def share(**shares: float) -> Params:
    """Return the settings with other shares of bad rows."""
    return SETTINGS.model_copy(update={"quarantine": params.Quarantine(**shares)})


@pytest.fixture
def as_cleaner(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that replaces data/parcels.py."""
    module = ModuleType("parcels")
    monkeypatch.setitem(sys.modules, "tiny.data.parcels", module)
    return module


def test_the_projects_function_gets_the_valid_rows(tmp_path: Path) -> None:
    assert cleaned(parcels(3), tmp_path)["key"].to_list() == ["P0", "P1", "P2"]


@pytest.mark.parametrize("shares", [{"max_bad_share": 0.05}, {"max_bad_share": 0, "parcels": 0.05}])
def test_bad_rows_are_put_aside_up_to_the_share_of_all_tables_or_of_this_one(
    shares: dict[str, float], tmp_path: Path
) -> None:
    assert cleaned(BROKEN, tmp_path, settings=share(**shares)).height == 95
    assert pl.read_parquet(tmp_path / "bad.parquet")["number"].to_list() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("shares", [{"max_bad_share": 0.04}, {"max_bad_share": 1, "parcels": 0.04}])
def test_more_bad_rows_than_that_stop_the_stage(shares: dict[str, float], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"5 of 100 rows .* max_bad_share = 0.04 allows: weight"):
        cleaned(BROKEN, tmp_path, settings=share(**shares))


def test_a_share_of_a_table_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    fault = r"params\.yaml: quarantine\.parcel names no table: .*; there are parcels$"
    with pytest.raises(InputError, match=fault):
        cleaned(BROKEN, tmp_path, settings=share(max_bad_share=0.1, parcel=0.2))


@pytest.mark.parametrize("made", [None, pl.LazyFrame({"a": [1]})])
def test_a_function_that_returns_no_table_is_refused(
    made: object, as_cleaner: ModuleType, tmp_path: Path
) -> None:
    as_cleaner.parcels = lambda rows: made if len(rows) else None
    with pytest.raises(InputError) as error:
        cleaned(parcels(3), tmp_path)
    said = f"data/parcels.py: parcels() returned {type(made).__name__}: return a polars.DataFrame"
    assert str(error.value) == said


def test_a_function_that_asks_for_parameters_gets_the_section_clean(
    as_cleaner: ModuleType, tmp_path: Path
) -> None:
    seen = []

    def fake(rows: pl.DataFrame, params: object) -> pl.DataFrame:
        seen.append(params)
        return rows

    as_cleaner.parcels = fake
    settings = SETTINGS.model_copy(update={"clean": "the section"})
    cleaned(parcels(3), tmp_path, settings=settings)
    assert set(seen) == {"the section"}


def test_the_stage_takes_the_table_from_the_name_of_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((HERE / "params.yaml").read_text())
    parcels(3).write_parquet("raw.parquet")
    bad = Path("quarantine/parcels.parquet")
    clean.main(PROJECT, Path("raw.parquet"), Path("clean/parcels.parquet"), bad)
    assert pl.read_parquet("clean/parcels.parquet").height == 3
    assert pl.read_parquet(bad).is_empty()
    with pytest.raises(
        InputError, match="declares no table 'crews' in TABLES, only parcels: declare it"
    ):
        clean.main(PROJECT, Path("raw.parquet"), Path("clean/crews.parquet"), bad)


def test_without_the_outcome_a_table_needs_no_column_of_it(tmp_path: Path) -> None:
    before = without_outcome(PARCELS)
    parcels(3).drop("days").write_parquet(tmp_path / "parcels.parquet")
    paths = tmp_path / "parcels.parquet", tmp_path / "bad.parquet"
    made = clean.clean(PROJECT, *paths, table=before, settings=SETTINGS)
    assert made["days"].to_list() == [None, None, None]
    assert types(before) == types(PARCELS)
    with pytest.raises(InputError, match=r"parcels\.parquet lacks days"):
        clean.clean(PROJECT, *paths, table=PARCELS, settings=SETTINGS)
    parcels(3).drop("weight").write_parquet(tmp_path / "parcels.parquet")
    with pytest.raises(InputError, match=r"parcels\.parquet lacks weight"):
        clean.clean(PROJECT, *paths, table=before, settings=SETTINGS)


def test_an_outcome_that_is_known_is_held_to_its_rule_all_the_same(tmp_path: Path) -> None:
    raw = parcels(100).with_columns(days=pl.when(pl.col("number") == 7).then(-1.0))
    raw.write_parquet(tmp_path / "parcels.parquet")
    paths = tmp_path / "parcels.parquet", tmp_path / "bad.parquet"
    settings = share(max_bad_share=0.1)
    clean.clean(PROJECT, *paths, table=without_outcome(PARCELS), settings=settings)
    assert pl.read_parquet(tmp_path / "bad.parquet")["broken_rule"].to_list() == [
        "days: in_range(0, 60)"
    ]


def test_a_table_without_an_outcome_stays_as_it_is() -> None:
    plain = replace(PARCELS, columns={"number": PARCELS.columns["number"]})
    assert without_outcome(plain) == plain


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda rows: rows.with_columns(wait=pl.col("days") + 1),
            "data/parcels.py: parcels() makes wait from days, which is known only afterwards: compute",
        ),
        (
            lambda rows: rows.with_columns(usual=pl.col("days").mean().over("carrier")),
            "data/parcels.py: parcels() makes usual from days, which is known only afterwards",
        ),
        (
            lambda rows: rows.drop_nulls("days"),
            "data/parcels.py: parcels() makes 95 rows, but 0 without days, which is known only",
        ),
    ],
    ids=["renamed", "target-mean", "choice"],
)
def test_an_outcome_that_hides_in_another_column_or_in_the_choice_of_rows_is_refused(
    function: object, said: str, tmp_path: Path, as_cleaner: ModuleType
) -> None:
    as_cleaner.parcels = function
    with pytest.raises(InputError) as error:
        cleaned(parcels(100), tmp_path)
    assert str(error.value).startswith(said)


def test_a_column_whose_moment_is_declared_may_come_from_an_outcome(
    tmp_path: Path, as_cleaner: ModuleType
) -> None:
    as_cleaner.parcels = lambda rows: rows.sort("days").with_columns(
        arrived=pl.col("sent") + pl.duration(days="days"), slow=pl.col("days") > 3
    )
    table = replace(PARCELS, known_after={"days": "arrived", "slow": "arrived"})
    parcels(100).write_parquet(tmp_path / "parcels.parquet")
    paths = tmp_path / "parcels.parquet", tmp_path / "bad.parquet"
    made = clean.clean(PROJECT, *paths, table=table, settings=SETTINGS)
    assert made.columns[-2:] == ["arrived", "slow"]
