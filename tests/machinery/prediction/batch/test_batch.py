import json
import signal
import subprocess
import time

import numpy as np
import polars as pl
import pytest

from machinery.data.table import KEY
from machinery.model import artifact
from machinery.prediction.arms import alone
from machinery.prediction.batch import batch, file_target, source
from machinery.prediction.batch.run import locked
from machinery.prediction.predict import predict
from tiny.project import PROJECT

from ..conftest import KINDS, MAIN, load


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of ten rows, so that forty are four."""
    monkeypatch.setattr(source, "CHUNK", 10)


@pytest.fixture
def folder(rows, tmp_path):
    """A folder that holds the rows as in.parquet."""
    rows.write_parquet(tmp_path / "in.parquet")
    return tmp_path


def report(target):
    return json.loads(target.with_name(f"{target.name}.report.json").read_text(encoding="utf-8"))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("name", ["in.parquet", "in.csv", "parts"])
def test_a_file_a_csv_and_a_folder_give_the_same_answers(name, rows, model, folder, run):
    rows.write_csv(folder / "in.csv")
    (folder / "parts").mkdir()
    rows[:15].write_parquet(folder / "parts/1.parquet")
    rows[15:].with_columns(more=1).write_parquet(folder / "parts/2.parquet")
    result = run("predict", folder / name, folder / "out.parquet")
    assert result.exit_code == 0, result.output
    assert "40 rows scored, 0 in quarantine" in result.output
    assert pl.read_parquet(folder / "out.parquet").equals(predict(rows, alone(PROJECT, model)))


def test_the_report_says_what_was_scored_by_what(model, folder, run):
    assert run("predict", folder / "in.parquet", folder / "out.parquet").exit_code == 0
    said = report(folder / "out.parquet")
    assert said["progress"]["scored"] == 40
    assert said["progress"]["arms"] == {"champion": 40}
    assert said["plan"]["models"] == {"champion": alone(PROJECT, model).champion.version}
    assert said["quarantine"] is None
    assert said["seconds"] > 0
    assert names(folder) == ["in.parquet", "out.parquet", "out.parquet.report.json"]


def test_contributions_are_json_in_csv(folder, run):
    command = ("predict", folder / "in.parquet", folder / "out.csv", "--contributions", 2)
    assert run(*command).exit_code == 0
    contributions = json.loads(pl.read_csv(folder / "out.csv")["contributions"][0])
    assert [set(pair) for pair in contributions] == [{"feature", "value"}] * 2


def test_columns_that_are_not_needed_are_ignored(rows, folder, run):
    rows.with_columns(more=1).write_parquet(folder / "in.parquet")
    assert run("predict", folder / "in.parquet", folder / "out.parquet").exit_code == 0


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_a_run_that_fails_leaves_nothing_and_the_next_one_begins_again(
    name, rows, model, folder, run, monkeypatch
):
    bad = pl.col(KEY) == "row 3"
    rows.with_columns(pl.when(~bad).then(KEY).alias(KEY)).write_parquet(folder / "in.parquet")
    command = ("predict", folder / "in.parquet", folder / name, "--max-bad-share", 0.1)
    scored = []

    def count(chunk, arms, contributions):
        scored.append(chunk.height)
        if len(scored) == 3:
            raise KeyboardInterrupt
        return predict(chunk, arms, contributions=contributions)

    monkeypatch.setattr(batch, "predict", count)
    assert run(*command).exit_code == 1
    assert names(folder) == ["in.parquet"]
    assert run(*command).exit_code == 0
    assert scored == [9, 10, 10, 9, 10, 10, 10]
    read = pl.read_csv if name.endswith("csv") else pl.read_parquet
    assert read(folder / name).equals(predict(rows.filter(~bad), alone(PROJECT, model)))
    assert pl.read_csv(folder / f"{name}.quarantine.csv").height == 1
    assert names(folder) == [
        "in.parquet",
        name,
        f"{name}.quarantine.csv",
        f"{name}.report.json",
    ]


def test_a_run_that_cannot_write_its_file_to_the_end_leaves_no_file(folder, run, monkeypatch):
    command = ("predict", folder / "in.parquet", folder / "out.parquet")
    with monkeypatch.context() as patch:
        patch.setattr(file_target.FileTarget, "finish", lambda *_: 1 / 0)
        assert run(*command).exit_code == 1
    assert not (folder / "out.parquet").exists()
    assert run(*command).exit_code == 0
    assert names(folder) == ["in.parquet", "out.parquet", "out.parquet.report.json"]


def test_a_killed_run_leaves_no_file_and_the_next_one_reads_none_of_its_parts(
    rows, model, folder, run
):
    pl.concat([rows] * 8_000).write_parquet(folder / "in.parquet")
    command = [str(part) for part in ("predict", folder / "in.parquet", folder / "killed.parquet")]
    process = subprocess.Popen([*MAIN, *command, "--model", str(model)])
    first = folder / "killed.parquet.parts/00000000.parquet"
    while not first.exists():
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / "killed.parquet").exists()
    first.write_bytes(b"no Parquet")
    assert run(*command).exit_code == 0
    assert run("predict", folder / "in.parquet", folder / "whole.parquet").exit_code == 0
    assert (folder / "killed.parquet").read_bytes() == (folder / "whole.parquet").read_bytes()
    assert not [name for name in names(folder) if name.endswith((".parts", ".lock"))]


def test_the_same_call_again_changes_nothing(folder, run):
    command = ("predict", folder / "in.parquet", folder / "out.parquet")
    assert run(*command).exit_code == 0
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert run(*command).exit_code == 0
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_an_earlier_run_is_never_overwritten(folder, run):
    assert run("predict", folder / "in.parquet", folder / "out.parquet").exit_code == 0
    before = (folder / "out.parquet").read_bytes()
    command = ("predict", folder / "in.parquet", folder / "out.parquet", "--run-id", "second")
    said = run(*command)
    assert said.exit_code == 1
    assert "holds run" in said.output
    assert "would be overwritten: name another file" in said.output
    assert (folder / "out.parquet").read_bytes() == before


def test_a_folder_takes_one_file_a_run(folder, run):
    for name in ("first", "second"):
        command = ("predict", folder / "in.parquet", f"{folder}/scores/", "--run-id", name)
        assert run(*command).exit_code == 0
    assert {name for name in names(folder / "scores") if name.endswith(".parquet")} == {
        "first.parquet",
        "second.parquet",
    }


def test_a_name_that_is_taken_by_another_run_is_refused(models, folder, run):
    command = ("predict", folder / "in.parquet", folder / "out.parquet", "--run-id", "one")
    assert run(*command).exit_code == 0
    said = run(*command, "--model", models / "challenger")
    assert said.exit_code == 1
    assert "run one was begun with another models: give another --run-id" in said.output


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("name", ["in.parquet", "in.csv"])
def test_bad_rows_are_quarantined_with_the_reason(name, rows, model, folder, run):
    bad = pl.col(KEY).is_in(["row 3", "row 37"])
    given = rows.with_columns(pl.when(~bad).then(KEY).alias(KEY))
    getattr(given, f"write_{name[3:]}")(folder / name)
    result = run("predict", folder / name, folder / "out.parquet", "--max-bad-share", 0.1)
    assert result.exit_code == 0, result.output
    assert "38 rows scored, 2 in quarantine" in result.output
    aside = pl.read_csv(folder / "out.parquet.quarantine.csv", infer_schema=False)
    assert aside["broken_rule"].to_list() == [f"{KEY}: not_nullable"] * 2
    assert pl.read_parquet(folder / "out.parquet").equals(
        predict(rows.filter(~bad), alone(PROJECT, model))
    )


def test_too_many_bad_rows_stop_the_run_unless_they_are_allowed(rows, folder, run):
    rows.with_columns(pl.lit(None, pl.String).alias(KEY)).write_parquet(folder / "in.parquet")
    command = ("predict", folder / "in.parquet", folder / "out.parquet")
    said = run(*command)
    assert said.exit_code == 1
    assert "40 of 40 rows break a rule, more than --max-bad-share 0.01 allows" in said.output
    assert f"{KEY}: not_nullable (40)" in said.output
    assert len(said.output.splitlines()) == 1
    assert pl.read_csv(folder / "out.parquet.quarantine.csv").height == 40
    assert not (folder / "out.parquet").exists()
    assert run(*command, "--max-bad-share", 1).exit_code == 0
    assert pl.read_parquet(folder / "out.parquet").is_empty()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda table: table.drop(KEY), f"lacks {KEY}"),
        (lambda table: table.with_columns(pl.lit(1.5).alias(KEY)), "not String"),
        (lambda table: table.clear(), "has no rows"),
    ],
)
def test_a_table_that_does_not_fit_writes_nothing(change, sentence, rows, run, tmp_path):
    change(rows).write_parquet(tmp_path / "in.parquet")
    said = run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1
    assert names(tmp_path) == ["in.parquet"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no rows"),
        ("other\n", f"in.csv lacks {KEY}"),
        ("\x00\x01", f"in.csv lacks {KEY}"),
        (f"{KEY},{KEY}\na,b\n", f"in.csv has the column '{KEY}' twice"),
        (f"{','.join(KINDS)}\nrow 1,2", "in.csv: line 2 has 2 of"),
        (f"{','.join(KINDS)}\nrow 1,2\n{','.join(KINDS)}\n", "in.csv: line 2 has 2 of"),
        (f'{",".join(KINDS)}\n\n"row\n1, 2",2\n', "in.csv: line 4 has 2 of"),
    ],
)
def test_a_csv_that_does_not_fit_is_refused_and_writes_nothing(text, sentence, run, tmp_path):
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    said = run("predict", tmp_path / "in.csv", tmp_path / "out.parquet")
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1
    assert names(tmp_path) == ["in.csv"]


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("none.parquet", "out.parquet", "none.parquet does not exist: give a file, a folder of"),
        ("text.parquet", "out.parquet", "or name CSV .csv"),
        ("empty", "out.parquet", "empty holds no *.parquet"),
        ("in.parquet", "in.parquet", "is there already and would be overwritten"),
        ("in.csv.gz", "out.parquet", "in.csv.gz is compressed: unpack it with gunzip"),
        ("in.parquet", "out.tsv", "out.tsv is neither Parquet nor CSV"),
        ("in.parquet", "text.parquet/out", "text.parquet is not a folder: name another place"),
        ("s3://bucket/in.parquet", "out.parquet", "s3:// is not a database that is known"),
        ("in.parquet", "mongo://host/x", "mongo:// is not a database that is known"),
    ],
)
def test_an_impossible_source_or_target_is_refused(source, target, sentence, folder, run):
    (folder / "text.parquet").write_text("text", encoding="utf-8")
    (folder / "empty").mkdir()
    before = names(folder)
    ends = [end if "://" in end else folder / end for end in (source, target)]
    said = run("predict", *ends)
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1
    assert names(folder) == before


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda model: (model / "manifest.json").unlink(), "holds no model"),
        (lambda model: (model / "model.ubj").unlink(), "holds no model"),
        (lambda model: (model / "model.ubj").write_bytes(b"x"), "do not belong together"),
        (lambda model: edit(model, "features_version"), "knows version 99 of the features"),
    ],
)
def test_a_model_that_is_broken_is_refused(break_it, sentence, models, folder, run):
    for name in ("manifest.json", "model.ubj"):
        (folder / "model").mkdir(exist_ok=True)
        (folder / "model" / name).write_bytes((models / "champion" / name).read_bytes())
    break_it(folder / "model")
    said = run("predict", folder / "in.parquet", folder / "out", "--model", folder / "model")
    assert said.exit_code == 1
    assert sentence in said.output
    assert len(said.output.splitlines()) == 1


def edit(model, name):
    loaded = load(model)
    changed = loaded.manifest.model_copy(update={name: 99})
    artifact.save(loaded.model, changed, model, keys=np.array([1], dtype=np.uint64))


def test_two_processes_do_not_write_the_same_run(folder, run):
    command = ("predict", folder / "in.parquet", folder / "out.parquet", "--run-id", "one")
    with locked(folder / "out.parquet.lock"):
        said = run(*command)
    assert said.exit_code == 1
    assert "another process writes this run: let it end" in said.output
    assert run(*command).exit_code == 0


def test_two_processes_do_not_write_one_file_with_reports_in_two_places(folder, run):
    command = ("predict", folder / "in.parquet", folder / "out.parquet", "--reports")
    with locked(folder / "out.parquet.lock"):
        said = run(*command, folder / "elsewhere")
    assert "another process writes this run: let it end" in said.output


def test_empty_lines_and_tabs_are_read(rows, model, folder, run):
    text = rows.write_csv(separator="\t")
    (folder / "in.tsv").write_text(text.replace("\n", "\n\n", 2) + "\n\n", encoding="utf-8")
    result = run("predict", folder / "in.tsv", folder / "out.parquet", "--max-bad-share", 0)
    assert result.exit_code == 0, result.output
    assert pl.read_parquet(folder / "out.parquet").equals(predict(rows, alone(PROJECT, model)))


def test_a_path_is_never_a_pattern(rows, folder, run):
    odd = folder / "[ab]*?"
    odd.mkdir()
    rows.write_parquet(odd / "in[1].parquet")
    for end in ("out[1].parquet", "out*.csv"):
        result = run("predict", odd / "in[1].parquet", odd / end)
        assert result.exit_code == 0, result.output
        assert (odd / end).is_file()


@pytest.mark.parametrize("name", ["a/b", "..", "a b", ""])
def test_an_invalid_run_id_is_refused(name, folder, run):
    said = run("predict", folder / "in.parquet", folder / "out.parquet", "--run-id", name)
    assert (said.exit_code == 1) == bool(name)  # an empty name means the default
    assert not name or "is not a valid name" in said.output
