import polars as pl
import pytest

from machinery import files

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
