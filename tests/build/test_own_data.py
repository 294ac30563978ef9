"""The first half of docs/own-data.md, followed step by step with a table of another problem."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from image import LOCKED_DOWN, build, docker, needs_engine
from pages import blocks
from project import TEMPLATE, run, venv
from shell import begin, say, served

TOUCHED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
EDITED = TEMPLATE / "tests/own_data/diabetes"
PLACES = {".py": "src/flight_delays/data", ".yaml": ".", ".md": "docs"}
NAME = "patients"


@dataclass(frozen=True)
class Followed:
    """A project that followed the page, with its edited files and the service's answer."""

    folder: Path
    touched: set[str]
    answer: dict[str, object]


@pytest.fixture(scope="module")
def followed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Follow the page with the table."""
    folder = begin(project, tmp_path_factory.mktemp("own"))
    file = folder.parent / "table.parquet"
    run([str(venv() / "bin/python"), str(EDITED / "table.py"), str(file)], folder)
    own = {"FILE": str(file), "NAME": NAME, "SOURCE": "a test"}
    page = (folder / "docs/own-data.md").read_text()
    first_half = page.partition("## Several tables")[0]
    strip, export, put_in, fit, check, serve, ask = blocks(first_half)
    assert {line.split("=")[0] for line in export.removeprefix("export ").split()} >= own.keys()
    assert serve == "make serve\n"
    for block in (strip, put_in):
        say(folder, block, own)
    before = changed(folder)
    edit(folder)
    touched = changed(folder) - before
    for block in (fit, check):
        say(folder, block, own)
    return Followed(folder, touched, served(folder, ask))


def changed(folder: Path) -> set[str]:
    """Return each file that Git tracks or would track, with a hash of its content."""
    names = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], folder).split()
    files = [name for name in names if (folder / name).is_file()]
    hashes = run(["git", "hash-object", *files], folder).split()
    return {f"{name} {known}" for name, known in zip(files, hashes, strict=True)}


def edit(folder: Path) -> None:
    """Write the files of the problem over those of the stripped project."""
    for path in EDITED.iterdir():
        if path.name != "table.py":
            shutil.copyfile(path, folder / PLACES[path.suffix] / path.name)


def test_seven_files_are_edited_and_the_page_names_each(followed: Followed) -> None:
    touched = {each.split()[0] for each in followed.touched}
    page = (followed.folder / "docs/own-data.md").read_text()
    page = page.replace("NAME.py", f"{NAME}.py")
    assert touched <= set(TOUCHED.findall(page))
    assert len(touched) == 7


def test_the_gate_accepts_the_model(followed: Followed) -> None:
    verdict = json.loads((followed.folder / "reports/gate.json").read_text())
    assert verdict["verdict"] == "accepted"


def test_the_model_is_of_this_problem_and_better_than_a_constant(followed: Followed) -> None:
    measured = json.loads((followed.folder / "reports/evaluation.json").read_text())
    gained = measured["slices"]["overall"]["difference_to"]["constant"]
    assert gained["rmse"]["high"] < 0


def test_the_service_answers_with_a_score_and_decides_nothing_without_a_threshold(
    followed: Followed,
) -> None:
    assert 25 < float(str(followed.answer["score"])) < 346
    assert followed.answer["decision"] is None


def test_nothing_speaks_of_the_example_but_the_page(followed: Followed) -> None:
    files = run(["git", "grep", "-lE", "raw_flights|tumours"], followed.folder).split()
    assert set(files) <= {"docs/own-data.md"}


@needs_engine
def test_the_image_predicts_what_the_project_predicts(followed: Followed, tmp_path: Path) -> None:
    rows = followed.folder / "data/rows.parquet"
    image = build(followed.folder, "image", "IMAGE=flight-delays:own")
    tmp_path.chmod(0o777)
    mount = ["--volume", f"{tmp_path}:/data", "--volume", f"{rows}:/rows.parquet:ro"]
    docker(
        "run", "--rm", *LOCKED_DOWN, *mount, image, "predict", "/rows.parquet", "/data/out.parquet"
    )
    assert (tmp_path / "out.parquet").read_bytes() == (
        followed.folder / "build/scores.parquet"
    ).read_bytes()


def test_all_is_committed(followed: Followed) -> None:
    assert run(["git", "status", "--short"], followed.folder) == ""
