"""Cleaning a table in pandas as the page says gives the same bytes as in Polars."""

import re
from pathlib import Path

import pytest
from project import TEMPLATE, another_venv, make, render, run, venv

STEP = re.compile(r"^def flights\(.*", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PATHS = "data/external/flights.parquet data/clean/flights.parquet data/quarantine/flights.parquet"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the page but for its last step; the tables that Polars cleaned are there."""
    project = render(tmp_path_factory.mktemp("pandas"), project_slug="flight-delays")
    clean(project, venv())
    page = (project / "docs/data.md").read_text()
    (pins,) = re.findall(r"`train` \| `(.*?)` and then `make lock setup`", page)
    edit(project / "pyproject.toml", "train = [\n", f"train = [\n    {pins}\n")
    package = "src/flight_delays"
    edit(
        project / f"{package}/project.py",
        "    decide=decide,\n",
        '    decide=decide,\n    deciding=("pandas",),\n',
    )
    stage = "- quarantine\n      - data/environment.json: [polars]"
    edit(project / "dvc.yaml", stage, stage.replace("[polars]", "[pandas, polars]"))
    make(project, "lock")
    (project / ".venv").symlink_to(another_venv(project.parent))
    make(project, "setup", env=project / ".venv")
    return project


def test_the_step_in_pandas_gives_the_same_bytes(changed: Path) -> None:
    target = changed / "data/clean/flights.parquet"
    polars = target.read_bytes()
    (block,) = BLOCK.findall((changed / "docs/data.md").read_text())
    module = changed / "src/flight_delays/data/flights.py"
    before = module.read_text()
    module.write_text(STEP.sub(lambda _: f"{block}\n\n", before))
    assert "to_pandas" in module.read_text()
    target.unlink()
    try:
        clean(changed, changed / ".venv")
    finally:
        module.write_text(before)
    assert target.read_bytes() == polars


def test_the_image_that_predicts_gets_no_pandas(changed: Path) -> None:
    locks = {
        name: (changed / f"requirements/{name}.txt").read_text() for name in ("serve", "train")
    }
    assert "\npandas==" in locks["train"]
    assert "\npandas==" not in locks["serve"]
    assert "\npyarrow==" not in locks["serve"]


def test_another_pandas_cleans_again(changed: Path) -> None:
    command = ["flight_delays.project", "stage", "environment"]
    paths = ["requirements/dev.txt", "data/environment.json"]
    run([str(changed / ".venv/bin/python"), "-m", *command, *paths], changed)
    assert '"pandas": "' in (changed / "data/environment.json").read_text()


def test_the_benchmark_of_the_page_runs(changed: Path) -> None:
    script = str(TEMPLATE / "benchmarks/pandas_step.py")
    assert "ratio " in run([str(changed / ".venv/bin/python"), script, str(changed)], changed)


def test_prediction_that_imports_pandas_fails_the_checks(changed: Path) -> None:
    features = changed / "src/flight_delays/data/features.py"
    before = features.read_text()
    features.write_text(before + "\nimport pandas\n")
    try:
        with pytest.raises(AssertionError, match="prediction needs nothing of training BROKEN"):
            run([str(changed / ".venv/bin/lint-imports"), "--no-cache"], changed)
    finally:
        features.write_text(before)


def clean(project: Path, environment: Path) -> None:
    """Run the stage that cleans the flights."""
    stage = ["-m", "flight_delays.project", "stage", "clean"]
    run(
        [str(environment / "bin/python"), *stage, *PATHS.split()],
        project,
        variables={"PYTHONPATH": str(project / "src")},
    )


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that occurs once in a file."""
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))
