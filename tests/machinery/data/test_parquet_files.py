from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from machinery.data.parquet_files import as_parquet
from machinery.data.reading import Reading
from machinery.errors import InputError


def taken(path: Path, **options: object) -> tuple[pl.DataFrame, dict[str, object]]:
    """Return the table that is made of `path`, and what its pointer remembers."""
    target = path.parent / "made.parquet"
    reading = as_parquet(path, target, Reading(**options))
    return pl.read_parquet(target), reading.known()


def csv(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as error:
        taken(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_csv_as_a_german_spreadsheet_writes_it(tmp_path: Path) -> None:
    text = (
        '\ufeff"Straße Nr";"Preis €";"am";"Postleitzahl";"Stück";"leer"\r\n'
        '"Weg; 5";"1,5";"31.12.2025";"01067";"3";""\r\n'
        '"";"";"";"";"";""\r\n'
        '"Platz\n2";"-0,25";"1.1.2026";"99999";"4";""\r\n'
    )
    table, known = taken(csv(tmp_path, text))
    assert table.rows(named=True) == [
        {
            "Straße Nr": "Weg; 5",
            "Preis €": 1.5,
            "am": date(2025, 12, 31),
            "Postleitzahl": "01067",
            "Stück": 3,
            "leer": None,
        },
        dict.fromkeys(table.columns),
        {
            "Straße Nr": "Platz\n2",
            "Preis €": -0.25,
            "am": date(2026, 1, 1),
            "Postleitzahl": "99999",
            "Stück": 4,
            "leer": None,
        },
    ]
    assert known == {"separator": ";", "decimal": ",", "date_formats": ["%d.%m.%Y"]}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["1", "+2", "-30"], [1, 2, -30]),
        (["1", "2.5", "1e3"], [1.0, 2.5, 1000.0]),
        (["007", "1"], ["007", "1"]),
        (["99999999999999999999", "1"], ["99999999999999999999", "1"]),
        (["true", "FALSE"], [True, False]),
        (["2026-01-02", "2026-12-31"], [date(2026, 1, 2), date(2026, 12, 31)]),
        (["2026-01-02T03:04:05.5", "2026-01-02 03:04:05"], ["T.5", "T"]),
        (["2026-01-02T03:04:05Z", "2026-01-02 04:04:05+01:00"], ["Z", "Z"]),
        (["25/12/2026", "01/02/2026"], [date(2026, 12, 25), date(2026, 2, 1)]),
        (["01.02.26", "02.02.26"], ["01.02.26", "02.02.26"]),
        (["1", "n/a"], ["1", "n/a"]),
        (["1.2.3", "1"], ["1.2.3", "1"]),
    ],
)
def test_a_type_counts_where_every_value_has_it(
    tmp_path: Path, values: list[str], wanted: list[object]
) -> None:
    times = {
        "T": datetime(2026, 1, 2, 3, 4, 5),
        "T.5": datetime(2026, 1, 2, 3, 4, 5, 500_000),
        "Z": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    table, _ = taken(csv(tmp_path, "".join(f"{value},x\n" for value in ["a", *values])))
    assert table["a"].to_list() == [times.get(str(value), value) for value in wanted]


def test_a_value_far_down_decides_too(tmp_path: Path) -> None:
    table, _ = taken(csv(tmp_path, "a,b\n" + "1,2\n" * 2000 + "unknown,\n"))
    assert table["a"][-1] == "unknown"
    assert table["b"].dtype == pl.Int64


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("Name, Vorname;a\nM, P;3\n", {"separator": ";"}, "a comma or a semicolon gives each row"),
        ("a,b\n1,2\n1,2,3\n", None, "none of comma, semicolon, tab, bar gives each row"),
        ("a,b\n1,03/04/2026\n", {"date_formats": ("%m/%d/%Y",)}, "b may be %d/%m/%Y or %m/%d/%Y"),
        ("a;b\n1;1,234\n", {"decimal": ","}, "b: its numbers have decimals or thousands after ','"),
        ("a;b\n1;1.234\n", {"decimal": "."}, "b: its numbers have decimals or thousands after '.'"),
        ("a;b\n1,5;1.5\n", {"decimal": ","}, "b a decimal point, a a decimal comma: say which"),
    ],
)
def test_what_two_readings_fit_is_asked_for(
    tmp_path: Path, text: str, options: dict[str, object] | None, sentence: str
) -> None:
    assert sentence in refusal(csv(tmp_path, text))
    if options:
        assert taken(csv(tmp_path, text), **options)[0].height == 1


def test_a_text_may_mean_a_missing_value(tmp_path: Path) -> None:
    table, known = taken(csv(tmp_path, "a,b\n1,NA\n-,2\n"), nulls=("NA", "-"))
    assert table.rows() == [(1, None), (None, 2)]
    assert known["nulls"] == ["NA", "-"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE html><html>Log in</html>", "a.csv is a web page, such as a login"),
        (b" \n", "a.csv is empty: give a table with rows"),
        (b"a,b\n", "a.csv has no rows: give a table with rows"),
        (b'{"error": "unauthorized"}', "a.csv is neither Parquet nor CSV"),
        (b"\xff\xfea\0", "a.csv is neither Parquet nor CSV"),
        (b"a;b\n\xe4;1\n", "a.csv is not in UTF-8: convert it, as with `iconv"),
        (b"a,b,a\n1,2,3\n", "a.csv has the column 'a' twice: rename one"),
        (b"PAR1 and no more", ": copy or save it again"),
    ],
)
def test_what_is_not_a_table_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    tmp_path.joinpath("a.csv").write_bytes(content)
    assert sentence in refusal(tmp_path / "a.csv")


def test_a_parquet_file_stays_as_it_is(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "a.parquet", compression="snappy")
    taken(tmp_path / "a.parquet")
    given = tmp_path.joinpath("a.parquet").read_bytes()
    assert tmp_path.joinpath("made.parquet").read_bytes() == given


def test_the_parts_of_a_folder_become_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    folder.joinpath("_SUCCESS").touch()
    pl.DataFrame({"a": [3], "b": ["z"]}).write_parquet(folder / "2.parquet")
    pl.DataFrame({"b": ["x", "y"], "a": [1.5, 2]}).write_parquet(folder / "1.parquet")
    assert taken(folder)[0].rows() == [("x", 1.5), ("y", 2.0), ("z", 3.0)]
    pl.DataFrame({"a": [3]}).write_parquet(folder / "3.parquet")
    assert "1.parquet and 3.parquet do not have the same columns: b: give all" in refusal(folder)


def test_the_parts_of_a_csv_are_typed_together(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    folder.joinpath("1.csv").write_text("a;b\n1;2\n")
    folder.joinpath("2.csv").write_text("b;a\n2,5;3\n")
    assert taken(folder)[0].to_dict(as_series=False) == {"a": [1, 3], "b": [2.0, 2.5]}
    folder.joinpath("3.parquet").write_bytes(b"PAR1")
    assert "parts holds CSV and Parquet: keep files of one kind" in refusal(folder)
