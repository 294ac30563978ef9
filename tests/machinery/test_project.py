"""An error names each missing or wrong piece of a project, its place and an example."""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from machinery.cli import commands
from machinery.data.table import KEY, TARGET, Row, Table
from machinery.errors import InputError
from machinery.project import CLEAN, PIECES, Project, check
from tiny.data.schema import PARCELS, ROW
from tiny.project import PROJECT


def faults(**changed: object) -> str:
    with pytest.raises(InputError) as error:
        check(replace(PROJECT, **changed))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_project_with_all_its_pieces_passes() -> None:
    check(PROJECT)


@pytest.mark.parametrize("name", PIECES)
def test_a_missing_piece_is_named_with_its_place_and_an_example(name: str) -> None:
    place, example = PIECES[name]
    assert faults(**{name: None}) == (
        f"project.py names no {name}: write it in {place}, as `{example}`, and name it there"
    )


def test_a_project_of_nothing_names_every_piece() -> None:
    with pytest.raises(InputError) as error:
        check(Project(package="tiny"))
    assert str(error.value).count("project.py names no ") == len(PIECES)


WITHOUT_KEY = {name: column for name, column in ROW.columns.items() if name != KEY}
WITH_TARGET = ROW.columns | {TARGET: PARCELS.columns["days"]}
LESS = {name: value for name, value in ROW.example.items() if name != "carrier"}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"params": dict}, "params is not a class of parameters: correct params.py"),
        ({"tables": PARCELS}, "tables is not a sequence of tables: correct data/schema.py"),
        ({"tables": ()}, "tables is not a sequence of tables"),
        ({"tables": ("parcels",)}, "tables is not a sequence of tables"),
        ({"tables": (PARCELS, PARCELS)}, "tables declares parcels more than once"),
        (
            {"tables": (replace(PARCELS, key=("nr",)),)},
            "data/schema.py: the key of parcels names nr: declare that column",
        ),
        ({"row": PARCELS}, "row is not a Row with a column 'key': correct data/schema.py"),
        ({"row": replace(ROW, columns=WITHOUT_KEY)}, "row is not a Row with a column 'key'"),
        ({"row": replace(ROW, columns=WITH_TARGET)}, "row has a column 'target', which is the"),
        (
            {"row": replace(ROW, columns=ROW.columns | {"known": PARCELS.columns["sent"]})},
            "row has a column 'known', which is when the label becomes known, not known before",
        ),
        ({"row": replace(ROW, time="left")}, "row has no column 'left', which it names as its"),
        (
            {"row": replace(ROW, example=ROW.example | {"days": 1})},
            "row has no column 'days', which its example names",
        ),
        ({"row": replace(ROW, example=LESS)}, "row has an example without 'carrier'"),
        ({"rows": "rows"}, "rows is not a function: correct data/rows.py, as in `def rows(*, fl"),
        (
            {"rows": lambda *, parcels, crews: parcels.join(crews)},
            "rows takes crews, but there is only params, parcels: correct data/rows.py",
        ),
        (
            {"target": lambda *, rows: rows},
            "target takes rows, but there is only params, parcels: correct data/target.py",
        ),
        (
            {"features": lambda rows, params: (rows, params)},
            "features takes 2 arguments instead of 1: correct data/features.py, as in `def fea",
        ),
        ({"decide": lambda scores: scores}, "decide takes 1 arguments instead of 2: correct pre"),
        ({"features_version": "1"}, "features_version is not a whole number"),
        ({"train": "model.train"}, "train is 'model.train', not module:function"),
    ],
)
def test_a_wrong_piece_is_named_with_its_fault(changed: dict[str, object], fault: str) -> None:
    assert faults(**changed).startswith(fault)


def test_a_row_need_not_have_a_time_or_an_example_of_what_may_be_missing() -> None:
    known = {name: value for name, value in ROW.example.items() if name != "weight"}
    check(replace(PROJECT, row=Row(columns=ROW.columns, example=known)))


def test_a_table_without_its_module_is_told_what_to_write() -> None:
    crews = Table(name="crews", key=("number",), columns=PARCELS.columns)
    expected = f"data/crews.py is missing: write it, with `{CLEAN.format('crews')}`"
    assert faults(tables=(PARCELS, crews)) == expected


def test_a_module_without_its_function_is_told_what_to_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tiny.data.crews", ModuleType("crews"))
    with pytest.raises(InputError) as error:
        PROJECT.cleaner("crews")
    assert str(error.value) == (
        f"data/crews.py has no function crews: write `{CLEAN.format('crews')}`"
    )


def test_a_module_that_imports_what_is_not_installed_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd/model.py").write_text("import not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="not_installed"):
        replace(PROJECT, package="odd", train="model:train").trainer()


@pytest.mark.parametrize(
    ("train", "fault"),
    [
        ("model.train:fit", r"^model/train\.py has no function fit: write `def train\(rows"),
        ("model.fit:train", r"^model/fit\.py is missing: write it, with `def train\(rows"),
        ("models.train:train", r"^models/train\.py is missing: write it, with"),
    ],
)
def test_a_train_function_that_is_not_there_is_found_when_it_is_needed(
    train: str, fault: str
) -> None:
    project = replace(PROJECT, train=train)
    check(project)  # every command checks the project; most need no library that trains
    with pytest.raises(InputError, match=fault):
        project.trainer()


def test_a_command_that_needs_the_code_says_first_what_is_wrong_with_it() -> None:
    result = CliRunner().invoke(commands, ["check-model"], obj=Project(package="tiny"))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: project.py names no params: write it in params.py")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("group", ["data", "model"])
def test_data_and_releases_do_not_wait_for_the_code(group: str) -> None:
    result = CliRunner().invoke(commands, [group, "--help"], obj=Project(package="tiny"))
    assert result.exit_code == 0
