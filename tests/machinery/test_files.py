import sys

import polars as pl
import pytest

from machinery import files
from machinery.errors import InputError, stage

TABLE = pl.DataFrame({"a": [1, 2]})


def test_equal_tables_are_equal_bytes(tmp_path):
    for name in ("one", "two"):
        files.write_table(TABLE.lazy(), tmp_path / "new" / name)
    assert (tmp_path / "new/one").read_bytes() == (tmp_path / "new/two").read_bytes()


def broken(_folder):
    raise RuntimeError


def test_what_fails_leaves_the_old_and_nothing_beside_it(tmp_path):
    files.write_folder(lambda folder: (folder / "old").touch(), tmp_path / "model")
    with pytest.raises(RuntimeError):
        files.write_folder(broken, tmp_path / "model")
    unwritable = pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int8))
    with pytest.raises(pl.exceptions.PolarsError):
        files.write_table(unwritable, tmp_path / "table.parquet")
    assert [path.name for path in tmp_path.rglob("*")] == ["model", "old"]


def test_a_folder_is_swapped_in_whole(tmp_path):
    for name in ("old", "new"):
        files.write_folder(lambda folder, name=name: (folder / name).touch(), tmp_path / "model")
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["new"]


def refuse(_path):
    raise InputError("7 is too many: give 6")


def full(path):
    raise OSError(28, "No space left on device", str(path))


def without_number(path):
    raise FileNotFoundError(f"no {path}")  # as Polars does


def stranger(_path):
    TABLE.select("b")


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (refuse, "error: 7 is too many: give 6"),
        (full, "error: x.parquet: No space left on device: check path, rights and free space"),
        (without_number, "error: no x.parquet"),
        (stranger, "error: unable to find column"),
    ],
)
def test_a_mistake_ends_a_stage_with_one_line(main, said, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stage", "x.parquet"])
    with pytest.raises(SystemExit) as ended:
        stage(main)
    assert str(ended.value).startswith(said)
    assert "\n" not in str(ended.value)


def test_a_stage_without_its_paths_says_which_it_needs(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stage"])
    with pytest.raises(SystemExit, match="0 paths were given, give 1: path"):
        stage(full)
