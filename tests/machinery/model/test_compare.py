import os
import subprocess
import sys
from pathlib import Path

import pytest

from machinery.errors import InputError
from machinery.model import compare

IDENTITY = ("-c", "user.name=x", "-c", "user.email=x@example.com")


def git(*arguments):
    subprocess.run(["git", *IDENTITY, *arguments], check=True, capture_output=True)


def test_a_commit_is_called_by_its_release_and_by_no_other_tag(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git("init")
    for release in ("model@v1.0.0", "model@v1.10.0", "model@v1.9.0"):
        git("commit", "--allow-empty", "--message", release)
        git("tag", release)
    git("tag", "model#champion#1")
    assert list(compare.commits().values()) == ["model@v1.9.0", "model@v1.0.0", "model@v1.10.0"]


def test_a_command_that_fails_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git("init")
    with pytest.raises(InputError, match=r"^git rev-parse .*: is all committed that was run\?$"):
        compare.commits()


@pytest.mark.parametrize(("column", "differ"), [("test.keys", True), ("test", False)])
def test_a_table_says_when_its_metrics_are_of_different_rows(column, differ, monkeypatch):
    rows = f"| Experiment | {column} |\n|---|---|\n| 3fa2b1c | a |\n| 4fa2b1c | b |"
    monkeypatch.setattr(compare, "ask", lambda *_: rows)
    text = compare.table({"3fa2b1c": "HEAD"})
    assert "| HEAD | a |" in text
    assert text.endswith(compare.DIFFERENT) == differ
    monkeypatch.setattr(compare, "ask", lambda *_: rows.replace("| b |", "| ! |"))
    assert compare.DIFFERENT not in compare.table({"3fa2b1c": "HEAD"})


def test_one_line_alone_is_followed_by_what_adds_another(monkeypatch):
    rows = "| Experiment | roc_auc |\n|---|---|\n| 3fa2b1c | 0.7 |"
    monkeypatch.setattr(compare, "ask", lambda *_: rows)
    assert compare.table({"3fa2b1c": "HEAD"}).endswith(f"\n\n{compare.ALONE}")
    monkeypatch.setattr(compare, "ask", lambda *_: f"{rows}\n| 4fa2b1c | 0.8 |")
    assert compare.ALONE not in compare.table({"3fa2b1c": "HEAD"})


def test_dvc_shows_the_numbers_of_one_line_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    git("init")
    compare.ask("dvc", "init", "--quiet")
    (tmp_path / "metrics.json").write_text('{"roc_auc": 0.7}')
    (tmp_path / "dvc.yaml").write_text("metrics: [metrics.json]")
    git("add", ".")
    git("commit", "--message", "a first model")
    head, row, said = compare.readable(compare.table(compare.commits())).split("\n", 2)
    assert (head.split(), row.split()) == (["Experiment", "roc_auc"], ["HEAD", "0.7"])
    assert said.endswith(compare.ALONE)


def test_the_table_is_shown_without_the_marks_of_markdown_and_of_dvc():
    rows = "| Experiment | auc |\n|---|---|\n| HEAD | a!b |\n| └── 4fa [slow-one] | ! |"
    said = compare.readable(f"{rows}\n\n{compare.DIFFERENT}")
    assert said == f"Experiment  auc\nHEAD        a!b\nslow-one    -\n\n{compare.DIFFERENT}"
    shown = compare.numbers(f"{rows}\n\n{compare.DIFFERENT}")
    assert '<td>auc</td><td class="number">a!b</td><td class="number">-</td>' in shown
    assert ">slow-one</th>" in shown
    assert f"<p>{compare.DIFFERENT}</p>" in shown


def test_only_what_has_run_is_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git("init")
    git("commit", "--allow-empty", "--message", "before the first run")
    git("tag", "model@v1.0.0")
    (tmp_path / "dvc.lock").touch()
    git("add", "dvc.lock")
    git("commit", "--message", "a run")
    assert compare.measured(compare.commits()) == ["HEAD"]
