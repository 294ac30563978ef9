"""A table fits a terminal, with few wide columns or with many, and no cell is lost."""

import pytest

from machinery.text_table import WIDTH, text_table

MANY = [f"metric_{number}" for number in range(12)]


def test_a_table_that_fits_has_a_line_for_each_row():
    assert (
        text_table(["name", "n"], [["a", 1], ["longer", 20]]) == "name    n\na       1\nlonger  20"
    )


def test_a_wide_cell_is_broken_in_its_own_column():
    words = "word " * 30
    lines = text_table(["cell", "reads"], [["1", words], ["2", "x"]]).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) == 4
    assert lines[2].startswith("      word")
    assert " ".join(lines).split().count("word") == 30


@pytest.mark.parametrize("versions", [1, 2, 9])
def test_a_table_of_many_columns_is_turned(versions):
    rows = [[f"v1.{n}.0", *(f"0.{n}{m:02}" for m in range(12))] for n in range(versions)]
    said = text_table(["version", *MANY], rows)
    assert max(map(len, said.splitlines())) <= WIDTH
    assert said.split("\n\n")[0].splitlines()[0].split()[:2] == ["version", "v1.0.0"]
    assert "metric_11  0.011" in said
    for row in rows:
        assert all(cell in said for cell in row)


def test_a_cell_that_is_wider_than_the_terminal_is_broken_in_a_turned_table():
    said = text_table(MANY, [["x" * 300, *MANY[1:]]])
    assert max(map(len, said.splitlines())) <= WIDTH
    assert said.count("x") == 300
