"""The runs of the pipeline: what is noted of them, and what is unusual about the newest."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from machinery import environment, runs
from machinery.data import clean
from machinery.monitoring import pipeline
from tiny.command import invoke

DAY = date(2026, 6, 20)


def history(seconds, *, stage="train", rows=1_000, result="ok"):
    """Return monthly runs of a stage with these seconds."""
    return [
        {
            "run": f"20{20 + place // 12}-{place % 12 + 1:02}-02T04:17:00Z",
            "stage": stage,
            "seconds": each,
            "rows": rows if np.isscalar(rows) else rows[place],
            "result": result,
        }
        for place, each in enumerate(seconds)
    ]


def said(seconds, **given):
    return list(pipeline.unusual(pipeline.newest(history(seconds, **given))))


def test_a_stage_that_takes_twice_as_long_is_said_with_its_rows():
    (sentence,) = said([30, 31, 29, 30, 64], rows=[1_000, 1_000, 1_000, 1_000, 2_100])
    assert (
        sentence == "train took 64.0 s, 2.1 times its usual 30.0 s, with 2.1 times the usual rows"
    )


def test_a_stage_that_creeps_is_said_before_it_doubles():
    (sentence,) = said([20, 21, 21.5, 23, 24, 26, 27, 29])
    assert sentence.startswith("train crept from 19.")
    assert " in 8 runs, with 1.0 times the usual rows" in sentence


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param([30, 29, 31, 28, 33, 30, 32, 29], id="it varies"),
        pytest.param([30, 30, 90], id="too few runs"),
        pytest.param([0.2, 0.2, 0.2, 0.2, 0.9], id="too short to notice"),
        pytest.param([90, 30, 31, 29, 30, 30], id="the slow one is long ago"),
    ],
)
def test_what_is_usual_is_not_said(seconds):
    assert said(seconds) == []


def test_runs_that_only_vary_rarely_creep():
    draw = np.random.default_rng(1)
    crept = [bool(said(30 * np.exp(draw.normal(0, 0.15, 12)))) for _ in range(300)]
    assert np.mean(crept) <= 0.01


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project's folder in which a run has begun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").touch()
    monkeypatch.setenv(runs.RUN, "2026-06-02T04:17:00Z")
    return tmp_path


def test_a_run_notes_seconds_rows_and_result_of_each_stage(place, monkeypatch):
    pl.DataFrame({"a": range(7)}).write_parquet(place / "x.parquet")
    monkeypatch.setattr(environment, "main", lambda _project, _path: None)
    assert invoke("stage", "environment", "x.parquet").exit_code == 0
    assert invoke("runs", "--end", "ok").output == ""
    one, whole = runs.read()
    assert (one["stage"], one["rows"], one["result"]) == ("environment", 7, "ok")
    assert (whole["stage"], whole["result"]) == ("all", "ok")
    said = invoke("runs").output
    assert "2026-06-02T04:17:00Z: ok, 1 stages ran in" in said
    assert "environment" in said


@pytest.mark.usefixtures("place")
def test_a_stage_of_several_tables_is_noted_for_each(monkeypatch):
    monkeypatch.setattr(clean, "main", lambda _project, _table, _clean, _quarantine: None)
    for table in ("hours", "parcels"):
        paths = (f"{folder}/{table}.parquet" for folder in ("external", "clean", "quarantine"))
        assert invoke("stage", "clean", *paths).exit_code == 0
    assert [each["stage"] for each in runs.read()] == ["clean@hours", "clean@parcels"]


@pytest.mark.usefixtures("place")
def test_a_run_that_fails_says_which_stage_refused_and_why(monkeypatch):
    def refuse(_project, _path):
        raise runs.MISTAKES[0]("7 is too many: give 6")

    monkeypatch.setattr(environment, "main", refuse)
    assert invoke("stage", "environment", "x.parquet").exit_code == 1
    invoke("runs", "--end", "failed")
    assert [each["result"] for each in runs.read()] == ["7 is too many: give 6"] * 2
    assert ": 7 is too many: give 6, 1 stages ran in" in invoke("runs").output


@pytest.mark.usefixtures("place")
def test_a_stage_that_no_run_started_is_not_noted(monkeypatch):
    monkeypatch.delenv(runs.RUN)
    monkeypatch.setattr(environment, "main", lambda _project, _path: None)
    invoke("stage", "environment", "x.parquet")
    invoke("runs", "--end", "ok")
    assert runs.read() == []
    assert "no run is known yet: make repro notes one" in invoke("runs").output


def test_a_run_that_was_killed_and_half_a_line_are_no_mistake(place):
    (place / "build").mkdir()
    line = json.dumps(history([3.0])[0])
    (place / "build/runs.jsonl").write_text(f"{line}\n{line[:20]}\n", encoding="utf-8")
    assert "it did not end, 1 stages ran\n" in invoke("runs").output


def test_the_database_keeps_the_runs_of_each_machine_for_the_monitor_and_its_page(
    engine, sample, tmp_path, monkeypatch
):
    url = engine.url.render_as_string()
    before = [each | {"run": each["run"][:17] + "01Z"} for each in history([30, 31, 29])]
    for place, lines in (("ci", before), ("here", history([30, 30, 30, 65]))):
        (tmp_path / place / "build").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / place)
        text = "".join(json.dumps(each) + "\n" for each in lines)
        (tmp_path / place / "build/runs.jsonl").write_text(text, encoding="utf-8")
        for _ in range(2):  # what is there stays
            assert invoke("runs", "--log-url", url).exit_code == 0
    monkeypatch.chdir(sample)
    page = tmp_path / "page.html"
    where = ("--log-url", url, "--models", sample / "models", "--day", DAY, "--page", page)
    result = invoke("monitor", *where)
    assert result.exit_code == 0, result.output
    slow = "train took 65.0 s, 2.2 times its usual 30.0 s, with 1.0 times the usual rows"
    assert f"  {slow}\n" in result.output
    assert f"<li>{slow}</li>" in page.read_text(encoding="utf-8")
    assert "<h2>Pipeline</h2>" in page.read_text(encoding="utf-8")
