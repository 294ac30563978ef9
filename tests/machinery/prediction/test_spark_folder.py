"""A run on Spark in each state that a killed driver or another attempt leaves, on a disk of ours."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from machinery.errors import InputError
from machinery.prediction.batch.run import Progress, Run
from machinery.prediction.spark.folder import REPORT, Folder
from machinery.spark.attempt import Attempt

DONE = Progress(chunks=1, scored=3, arms={"champion": 3}, complete=True)


class Place(type(Path())):
    """A path, as Hadoop has it."""

    def getFileSystem(self, _):
        return Files


class Files:
    """A file system as Hadoop has it: a rename to a folder that is there moves into that folder."""

    exists = staticmethod(Path.exists)
    listStatus = staticmethod(lambda place: [*place.iterdir()])
    open = staticmethod(lambda place: place.open("rb"))

    @staticmethod
    def create(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        return place.open("wb")

    @staticmethod
    def rename(part, place):
        return bool(shutil.move(part, place))

    @staticmethod
    def delete(place, recursive):
        assert recursive
        shutil.rmtree(place, ignore_errors=True)


def read(path):
    found = [pl.read_parquet(file) for file in Path(path).glob("*.parquet")]
    return SimpleNamespace(count=lambda: sum(table.height for table in found))


TEXT = SimpleNamespace(toString=lambda stream, _: stream.read().decode())
APACHE = SimpleNamespace(
    hadoop=SimpleNamespace(fs=SimpleNamespace(Path=Place)),
    commons=SimpleNamespace(io=SimpleNamespace(IOUtils=TEXT)),
)
SPARK = SimpleNamespace(
    _jvm=SimpleNamespace(org=SimpleNamespace(apache=APACHE)),
    _jsc=SimpleNamespace(hadoopConfiguration=lambda: None),
    read=SimpleNamespace(parquet=read),
)


def write(folder, answers):
    part = Path(folder.attempt.part)
    part.mkdir(parents=True)
    pl.DataFrame({"key": range(answers)}).write_parquet(part / "part-0.parquet")


@pytest.fixture
def attempt(tmp_path):
    """Return a function that begins an attempt at run `one` and, if asked, writes its answers."""

    def begun(source="rows", answers=0):
        folder = Folder(SPARK, f"{tmp_path}/some scores", Run("one", {"source": source}))
        assert folder.begin() == Progress()
        if answers:
            write(folder, answers)
        return folder

    return begun


def finish(folder):
    folder.finish({"plan": folder.run.plan, "progress": DONE.model_dump()})


def test_a_run_appears_with_its_report_and_nothing_is_left(attempt):
    killed, folder = attempt(answers=2), attempt(answers=3)
    finish(folder)
    assert folder.begin() == DONE
    assert {path.name for path in Path(folder.name).iterdir()} == {"part-0.parquet", REPORT}
    assert not Path(killed.attempt.part).exists()


def test_an_attempt_that_fails_removes_what_it_wrote_and_nothing_else(attempt):
    other, folder = attempt(answers=2), attempt(answers=3)
    folder.close()
    assert not Path(folder.attempt.part).exists()
    assert Path(other.attempt.part).exists()


def test_the_first_of_two_attempts_counts(attempt, monkeypatch):
    first, second = attempt(answers=3), attempt()
    finish(first)
    there = {path: path.stat().st_ino for path in Path(first.name).rglob("*")}
    write(second, 3)
    # It looks before the first has published, and renames after that.
    looks = iter([False])
    monkeypatch.setattr(Files, "exists", lambda place: next(looks, place.exists()))
    finish(second)
    assert {path: path.stat().st_ino for path in Path(first.name).rglob("*")} == there


def test_of_two_plans_at_once_the_second_is_told(attempt):
    first, second = attempt(answers=3), attempt("others")
    finish(first)
    with pytest.raises(InputError, match="run one was begun with another source"):
        finish(second)
    assert first.begin() == DONE


@pytest.mark.parametrize(
    ("lost", "sentence"), [(REPORT, f"has no {REPORT}"), ("part-0.parquet", "has 0 of 3 answers")]
)
def test_a_rename_that_was_cut_off_is_not_taken_for_a_run(lost, sentence, attempt):
    folder = attempt(answers=3)
    finish(folder)
    (Path(folder.name) / lost).unlink()
    with pytest.raises(InputError, match=f"some scores/run_id=one {sentence}: another process"):
        folder.begin()


def test_a_folder_that_is_there_is_not_begun(tmp_path):
    Attempt.new(SPARK, f"{tmp_path}/rows/")
    (tmp_path / "rows").mkdir()
    with pytest.raises(InputError, match="rows/ is there already: name another folder"):
        Attempt.new(SPARK, f"{tmp_path}/rows/")
