"""Stages are called by name with their paths, and report a mistake in one line."""

import inspect
import os
import re
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from machinery import environment
from machinery.cli import elsewhere
from machinery.errors import InputError
from machinery.project import Project
from machinery.stages import STAGES, run_stage
from tiny.command import invoke
from tiny.project import PROJECT


def refuse(_project: Project, _path: Path) -> None:
    raise InputError("7 is too many: give 6")


def full(_project: Project, path: Path) -> None:
    raise OSError(28, "No space left on device", str(path))


def without_number(_project: Project, path: Path) -> None:
    raise FileNotFoundError(f"no {path}")  # as Polars does


def stranger(_project: Project, _path: Path) -> None:
    pl.LazyFrame({"a": [1]}).select("b").collect()


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (refuse, "Error: 7 is too many: give 6\n"),
        (full, "Error: x.parquet: No space left on device: check path, rights and free space\n"),
        (without_number, "Error: no x.parquet\n"),
        (stranger, "Error: there is no column 'b': there are a\n"),
    ],
)
def test_a_mistake_ends_a_stage_with_one_line(
    main: object, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "main", main)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").touch()
    result = invoke("stage", "environment", "x.parquet")
    assert (result.exit_code, result.stderr) == (1, said)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_with_another_number_of_paths_names_those_it_needs(name: str) -> None:
    wanted = list(inspect.signature(import_module(f"machinery.{STAGES[name]}").main).parameters)[1:]
    for given in (wanted[1:], [*wanted, "more"]):
        expected = f"stage {name}: {len(given)} paths were given, give {len(wanted)}: "
        with pytest.raises(InputError) as error:
            run_stage(PROJECT, name, [Path(each) for each in given])
        assert str(error.value) == expected + " ".join(wanted)


def test_an_unknown_stage_is_answered_with_those_that_exist() -> None:
    result = invoke("stage", "examples")
    assert result.exit_code == 2
    assert "'examples' is not one of 'environment', 'clean', 'rows'" in result.stderr


def test_a_mistake_outside_a_project_says_so_and_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "main", refuse)
    monkeypatch.chdir(tmp_path)
    said = invoke("stage", "environment", "x.parquet").stderr
    assert "(this folder is not a project, it has no params.yaml: run the command in one" in said
    project = tmp_path / "mine"
    project.mkdir()
    (project / "params.yaml").touch()
    assert elsewhere(project / "src/mine/machinery/cli.py").endswith(f"in one: cd {project})")


def test_a_stage_ends_with_its_seconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(environment, "main", lambda _project, _path: None)
    with caplog.at_level("INFO"):
        run_stage(PROJECT, "environment", [Path("x")])
    assert re.fullmatch(r"stage environment: \d+\.\d s", caplog.messages[-1])


@pytest.mark.parametrize(("given", "wait"), [("", "passive"), ("active", "active")])
def test_threads_wait_without_load_unless_the_user_says_otherwise(
    given: str, wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", given)
    if not given:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    seen = []
    monkeypatch.setattr(
        environment, "main", lambda _project, _path: seen.append(os.environ["OMP_WAIT_POLICY"])
    )
    run_stage(PROJECT, "environment", [Path("x.parquet")])
    assert seen == [wait]
