import polars as pl
import pytest

from machinery.errors import sentence


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("distanc", "there is no column 'distanc': did you mean 'distance'?"),
        ("x", "there is no column 'x': there are wait, distance"),
    ],
)
def test_a_column_that_is_not_there_is_said_with_those_that_are(column, said):
    with pytest.raises(pl.exceptions.ColumnNotFoundError) as raised:
        pl.LazyFrame({"wait": [1], "distance": [2]}).select(column).collect()
    assert sentence(raised.value) == said


def test_without_a_list_its_name_is_to_be_corrected():
    with pytest.raises(pl.exceptions.ColumnNotFoundError) as raised:
        pl.DataFrame({"wait": [1]})["x"]
    assert sentence(raised.value) == "there is no column 'x': correct its name"
