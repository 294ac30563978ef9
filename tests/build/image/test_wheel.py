"""The wheel: built once, for the image and for other teams' applications."""

import zipfile
from pathlib import Path

import pytest
from image import build, needs_engine
from project import make, run, venv

pytestmark = needs_engine


@pytest.fixture(scope="module")
def wheel(trained: Path) -> Path:
    """Build the wheel as the image does."""
    return trained / build(trained, "wheel.sh")


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "flight_delays",
        "flight_delays-0.1.0.dist-info",
    }
    assert all(Path(name).suffix == ".py" or Path(name).name == "py.typed" for name in names[:-5])
    assert not any("{" in name or "test" in name for name in names)


def test_it_predicts_in_an_empty_environment(trained: Path, wheel: Path, tmp_path: Path) -> None:
    uv, python = str(venv() / "bin/uv"), tmp_path / "env/bin/python"
    run([uv, "venv", "--quiet", "--python", str(venv() / "bin/python"), "env"], tmp_path)
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    run([*install, "--require-hashes", "-r", str(trained / "requirements/serve.txt")], tmp_path)
    run([*install, "--no-deps", str(wheel)], tmp_path)
    rows, model = str(trained / "data/rows.parquet"), str(trained / "models/candidate")
    run(
        [str(python.with_name("flight-delays")), "predict", rows, "out.parquet", "--model", model],
        tmp_path,
    )
    make(trained, "predict", "IN=data/rows.parquet", f"OUT={tmp_path / 'host.parquet'}")
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "host.parquet").read_bytes()
