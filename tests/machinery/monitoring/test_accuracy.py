"""Accuracy is measured on mature cohorts, by days, and compared with what was promised."""

import time
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from browser import PHONE, look

from machinery import database
from machinery.model.evaluation import Interval
from machinery.monitoring import accuracy, cohorts
from machinery.prediction.log import profiles, tables, verdicts
from tiny.command import invoke

from .conftest import answer

DAY = date(2026, 6, 30)
DAYS = 14  # with outcomes


def record(engine, rows, moment, flip=False):
    """Record the outcome of each of `rows`."""
    told = rows.select(
        unit="key",
        outcome=(1 - pl.col("target")) if flip else pl.col("target"),
        label=pl.lit(None, pl.String),
        time=pl.lit(moment),
    )
    with engine.begin() as connection:
        tables.record_outcomes(connection, told)


@pytest.fixture
def labelled(sample):
    return pl.read_parquet(sample / "data/rows.parquet")


@pytest.fixture
def monitor(engine, sample, monkeypatch):
    """Run the command in the tiny project, as of DAY."""
    monkeypatch.chdir(sample)

    def run(*arguments):
        where = ("--log-url", engine.url.render_as_string(), "--models", "models", "--day", DAY)
        return invoke("monitor", *where, *arguments)

    return run


def fill(engine, alone, labelled, *, days=DAYS, flip=False, late=0):
    """Answer 30 rows on each of the days before DAY - 7, and record their outcomes."""
    for number in range(days):
        rows = labelled[number * 30 :][:30]
        day = DAY - timedelta(days=7 + number)
        answer(engine, alone, rows.select(alone.project.row.columns.keys()), day)
        known = datetime(day.year, day.month, day.day, 20, tzinfo=UTC) + timedelta(days=late)
        record(engine, rows, known, flip=flip)


def said(engine):
    with engine.connect() as connection:
        found = [each for each in verdicts.read(connection) if each["name"] == "accuracy"]
    return found[0] if found else None


def test_the_accuracy_of_good_answers_is_ok_and_names_what_was_promised(
    monitor, engine, alone, labelled
):
    fill(engine, alone, labelled)
    result = monitor()
    assert result.exit_code == 0, result.output
    found = said(engine)
    assert found["status"] == "ok"
    assert f"on {30 * DAYS} answers of {DAYS} days; promised 0." in found["sentence"]
    assert found["sentence"].endswith("on test rows")
    assert found["value"] > 0.8


def test_outcomes_that_contradict_the_answers_raise_an_alarm(monitor, engine, alone, labelled):
    fill(engine, alone, labelled, flip=True)
    result = monitor()
    assert result.exit_code == 3, result.output
    assert said(engine)["status"] == "alarm"


@pytest.mark.usefixtures("monitor")  # it changes to the folder of the sample
def test_postgresql_gives_the_same_verdicts(engine, server, alone, labelled):
    name = f"monitor_{time.monotonic_ns()}"
    at = database.open_engine(database.parse(f"{server}/postgres"))
    with at.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    other = tables.open_tables(database.parse(f"{server}/{name}"))
    for each in (engine, other):
        fill(each, alone, labelled)
        found = each.url.render_as_string(hide_password=False)
        result = invoke("monitor", "--log-url", found, "--models", "models", "--day", DAY)
        assert result.exit_code == 0, result.output
    assert said(other)["value"] == said(engine)["value"]
    assert said(other)["sentence"] == said(engine)["sentence"]
    rows = []
    for each in (engine, other):
        with each.connect() as connection:
            rows.append(profiles.read(connection, first=DAY - timedelta(days=30), last=DAY))
    assert rows[0].equals(rows[1])
    assert rows[0].height > 0


def test_a_few_days_are_no_verdict(monitor, engine, alone, labelled):
    fill(engine, alone, labelled, days=3, flip=True)
    assert monitor().exit_code == 0
    assert said(engine)["status"] == "unknown"
    assert "3 days have mature outcomes, a verdict needs 10" in said(engine)["sentence"]


def test_cohorts_that_are_not_mature_do_not_count(monitor, engine, alone, labelled):
    fill(engine, alone, labelled)
    monitor("--mature-days", 10)
    assert f"on {30 * (DAYS - 3)} answers" in said(engine)["sentence"]


def test_an_outcome_before_its_answer_does_not_count_and_is_said(monitor, engine, alone, labelled):
    fill(engine, alone, labelled, late=-3)
    result = monitor()
    assert f"{30 * DAYS} outcomes were recorded before the answer" in result.output
    assert said(engine) is None


@pytest.mark.parametrize("hour", [13, 22], ids=["before", "after the outcome"])
def test_two_answers_for_one_unit_count_once(hour, monitor, engine, alone, labelled):
    fill(engine, alone, labelled)
    again = labelled[:30].select(alone.project.row.columns.keys())
    answer(engine, alone, again, DAY - timedelta(days=7), name="again", hour=hour)
    monitor()
    assert f"on {30 * DAYS} answers" in said(engine)["sentence"]


def test_outcomes_of_unknown_units_and_missing_ones_are_said(monitor, engine, alone, labelled):
    fill(engine, alone, labelled)
    record(
        engine,
        labelled[:4].with_columns(key=pl.lit("stranger ") + pl.col("key")),
        datetime(2026, 6, 30, tzinfo=UTC),
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM outcomes WHERE unit IN (SELECT unit FROM predictions"
            " WHERE time LIKE '2026-06-20%' LIMIT 25)"
        )
    output = monitor().output
    assert "4 outcomes of the last week are of units without an answer" in output
    assert "few outcomes are known of 2026-06-20" in output


def test_more_answers_than_can_be_measured_are_sampled(engine, alone, labelled, monkeypatch):
    monkeypatch.setattr(cohorts, "MOST", 100)
    fill(engine, alone, labelled)
    with engine.connect() as connection:
        given = [alone.champion.version]
        found = cohorts.cohorts(connection, alone.project, given, last=DAY, slices=["carrier"])
    assert 50 <= found.height <= 130
    assert set(found["carrier"]) == {"north", "south"}


@pytest.mark.parametrize(
    ("live", "promised", "larger", "is_worse"),
    [
        ((0.6, 0.5, 0.69), (0.8, 0.7, 0.9), True, True),
        ((0.6, 0.5, 0.71), (0.8, 0.7, 0.9), True, False),
        ((0.6, 0.5, 0.71), (0.8, None, None), True, True),
        ((5.0, 4.0, 6.0), (3.0, 2.5, 3.5), False, True),
        ((5.0, 3.4, 6.0), (3.0, 2.5, 3.5), False, False),
        ((5.0, None, None), (3.0, 2.5, 3.5), False, False),
    ],
)
def test_worse_means_beyond_both_intervals(live, promised, larger, is_worse):
    names = ("value", "low", "high")
    one, other = (Interval(**dict(zip(names, each, strict=True))) for each in (live, promised))
    assert accuracy.worse(one, other, larger_is_better=larger) is is_worse
    assert accuracy.worse(one, None, larger_is_better=larger) is False


def test_the_page_shows_verdicts_drift_and_accuracy_without_a_network(
    monitor, engine, alone, labelled, tmp_path
):
    fill(engine, alone, labelled)
    result = monitor("--page", tmp_path / "page.html", "--mature-days", 7)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.html").read_text()
    for heading in ("Verdicts", "Drift", "Accuracy"):
        assert f"<h2>{heading}</h2>" in page
    assert page.count("<svg") >= 4
    assert alone.champion.version in page
    assert 'href="http' not in page
    assert "src=" not in page
    (seen,) = look(tmp_path / "read", tmp_path / "page.html").values()
    assert (seen.width <= PHONE, seen.loads, seen.serious) == (True, [], [])
