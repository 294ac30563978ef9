"""`<slug> check`: it fails on faults and warns of a patched file."""

import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import Result

from machinery import check
from tiny.command import invoke
from tiny.sample import SHIPPED

POINTER = "data/external/parcels.parquet.dvc"


@pytest.fixture
def project(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample with valid locks, sources and two fenced folders, as the current folder."""
    folder = shutil.copytree(sample, tmp_path / "tiny")
    monkeypatch.chdir(folder)
    for name in ("machinery/files.py", "machinery/data/rows.py", "scripts/run.sh"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n")
    for fenced in ("machinery", "scripts"):
        paths = [path for path in Path(fenced).rglob("*") if path.is_file()]
        lines = [
            f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(fenced)}\n"
            for path in paths
        ]
        Path(fenced, "CHECKSUMS").write_text("".join(lines))
    monkeypatch.setattr(check, "FENCED", (Path("machinery"), Path("scripts")))
    shutil.copy(SHIPPED / "pyproject.toml", folder)
    Path(POINTER).unlink()
    Path("data/external/parcels.parquet").unlink()
    Path("data/sources.json").write_text("{}\n")
    invoke("stage", "card", "reports", "docs")
    return folder


def run() -> Result:
    return invoke("check")


@pytest.mark.usefixtures("project")
def test_a_project_in_order_says_nothing() -> None:
    result = run()
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.usefixtures("project")
def test_a_patched_a_removed_and_an_added_file_are_named_and_no_fault() -> None:
    Path("machinery/files.py").write_text("# mine\n")
    Path("machinery/data/rows.py").unlink()
    Path("machinery/data/more.py").touch()
    Path("scripts/run.sh").write_text("exit 0\n")
    result = run()
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"warning: {name} here: an update replaces it"
        for name in (
            "machinery/data/more.py was added",
            "machinery/data/rows.py was removed",
            "machinery/files.py was changed",
            "scripts/run.sh was changed",
        )
    ]


@pytest.mark.usefixtures("project")
def test_bytecode_and_hidden_files_are_nobodys_patch() -> None:
    for name in ("machinery/__pycache__/files.pyc", "scripts/.DS_Store"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    assert run().output == ""


@pytest.mark.usefixtures("project")
def test_a_list_of_checksums_that_is_gone_is_said_with_what_to_do() -> None:
    Path("scripts/CHECKSUMS").unlink()
    result = run()
    assert result.exit_code == 1
    assert result.stderr == (
        "error: scripts/CHECKSUMS is missing: `git checkout` it, or take it from an update\n"
    )


def edited(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


@pytest.mark.usefixtures("project")
def test_every_fault_is_a_line_and_none_hides_another() -> None:
    edited("pyproject.toml", '"click>=8.1"', '"click>=99"')
    edited("docs/model-card.md", "boosted trees", "a sure thing")
    Path("data/sources.json").write_text('{"crews": {}}')
    result = run()
    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["error"] * 3
    for fault in ("is older than", "data/sources.json is not what", "docs/model-card.md does not"):
        assert fault in result.stderr


@pytest.mark.usefixtures("project")
def test_a_file_that_cannot_be_read_is_a_fault_and_not_the_end() -> None:
    Path("requirements/dev.txt").unlink()
    Path("data/sources.json").write_text('{"crews": {}}')
    result = run()
    assert "requirements/dev.txt: No such file or directory" in result.stderr
    assert "data/sources.json is not what" in result.stderr
