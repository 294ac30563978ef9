"""Spark gives the rows, features and answers of one process, from an environment of its own lock."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from environments import LOCKS, SOURCE, TEMPLATE, UV
from project import another_venv, run

from machinery.tiny.postgresql import server  # noqa: F401  a fixture

MACHINERY = SOURCE / "src/{{cookiecutter.package_name}}/machinery"
TINY = TEMPLATE / "tests/machinery/tiny"
# The rows in three partitions by the first letter of their key, with a bad row in each file.
PARTS = """import polars as pl
from pathlib import Path
from tiny import sample
from tiny.project import PROJECT
sample.run(Path("tiny"))
rows = pl.read_parquet("tiny/data/rows.parquet").drop("target").with_row_index("place")
name = next(name for name, column in PROJECT.row.columns.items() if not column.nullable and name != "key")
kind = rows.schema[name]
broken = pl.when(pl.col("place") % 200 == 7).then(None).otherwise(name).alias(name)
rows = rows.with_columns(broken, KEY=1, part=pl.format("0{}", pl.col("place") % 3)).drop("place")
for (part,), group in rows.partition_by("part", as_dict=True).items():
    Path(f"rows/part={part}").mkdir(parents=True)
    group.drop("part").write_parquet(f"rows/part={part}/rows.parquet", row_group_size=50)
rows.drop("part").write_parquet("rows.parquet")
"""
COMPARE = """import json, polars as pl
one = pl.read_parquet("one.parquet").sort("key")
spark = pl.read_parquet("out/run_id=monday/**/*.parquet", hive_partitioning=True).sort("key")
bad = [pl.read_csv(f"{name}.quarantine.csv", infer_schema=False).sort("key") for name in ("one.parquet", "runs/monday")]
print(json.dumps({"answers": one.equals(spark.drop("part", "run_id", strict=False)),
    "bad": bad[1].height if bad[0].equals(bad[1]) else None}))"""
# The rows as a table of a database, and the answers in it against those of one process.
TABLE = """import sys, polars as pl
pl.read_parquet("rows.parquet").write_database("rows", sys.argv[1].replace(":", "+psycopg:", 1), engine="sqlalchemy")
"""
INTO = """import json, polars as pl
from pathlib import Path
from sqlalchemy import create_engine, text
from machinery.prediction.batch.quarantine import from_texts
with create_engine(Path("url").read_text().replace(":", "+psycopg:", 1)).connect() as connection:
    ask = lambda question: connection.execute(text(question)).fetchall()
    found = ask("SELECT unit, arm, score, decision FROM predictions WHERE request_id = 'monday'")
    there = pl.DataFrame(found, schema=["key", "arm", "score", "decision"], orient="row")
    bad = from_texts(row[0] for row in ask("SELECT rows FROM quarantined WHERE run_id = 'monday'"))
    complete = ask("SELECT complete FROM runs WHERE run_id = 'monday'")
one = pl.read_parquet("one.parquet").select(there.columns).cast(there.schema)
print(json.dumps([there.sort("key").equals(one.sort("key")), bad.height, complete == [(True,)]]))
"""
BAD = ("predict", "rows", "other", "--engine=spark")
SPARK = ("--engine=spark", "--partition-by=part", "--run-id=monday")

# Some days around the end of a month: flights that leave at the same time, no weather for a day.
FLIGHTS = """import polars as pl
from datetime import datetime
from pathlib import Path
from flights.data import flights, planes, weather
from flights.project import PROJECT
from keyed.project import PROJECT as KEYED
from flights.machinery import params
from flights.machinery.data import features, rows
raw = {name: pl.scan_parquet(f"{source}/data/external/{name}.parquet") for name in ("flights", "weather", "planes")}
def days(name, *conditions):
    return raw[name].filter(pl.col("time_hour").is_between(datetime(2013, 1, 28), datetime(2013, 2, 4)), *conditions).collect()
calm = (pl.col("origin") == "EWR") & pl.col("time_hour").is_between(datetime(2013, 1, 31, 12), datetime(2013, 2, 1, 12))
some = days("flights")
ties = some.gather_every(20).with_columns(pl.col("flight") + 10_000)
clean = {"flights": flights.flights(pl.concat([some, ties])), "weather": weather.weather(days("weather", ~calm)),
    "planes": planes.planes(raw["planes"].collect())}
clean["flights"] = clean["flights"].with_columns(pl.lit(1).alias("odd.`name"), pl.lit(2).alias("Odd.`name"))
border = pl.col("departure") < datetime(2013, 2, 1)
for month, here in {"2013-01": border, "2013-02": ~border}.items():
    Path(f"clean/{month}").mkdir(parents=True)
    clean["flights"].filter(here).write_parquet(f"clean/{month}/flights.parquet")
for name in ("weather", "planes"):
    clean[name].write_parquet(f"clean/{name}.parquet")
lazy = {name: table.lazy() for name, table in clean.items()}
for name, project in {"rows": PROJECT, "keyed": KEYED}.items():
    rows.labelled(project, lazy, params.load(project.params)).write_parquet(f"{name}.parquet")
features.main(PROJECT, Path("rows.parquet"), Path("features.parquet"))
made = pl.read_parquet("rows.parquet")
assert made["departure"].is_duplicated().any() and made["temp"].null_count() > 100
assert made.filter(pl.col("departure") < datetime(2013, 2, 1, 6))["aircraft_delay"].count() > 100
"""
# The flights in parts of an airport, which each need the weather of their time: without history, which counts flights of all of them.
KEYED = """from dataclasses import replace
import polars as pl
from flights.data import rows as own
from flights.project import PROJECT as FLIGHTS
def without(flights):
    names = [name for name in FLIGHTS.row.columns if name.endswith(("_departures", "_delay", "_late"))]
    return flights.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names)
def rows(*, flights, weather, planes, params):
    kept, own.history = own.history, without
    try:
        return own.rows(flights=flights, weather=weather, planes=planes, params=params)
    finally:
        own.history = kept
by = [replace(table, parts=replace(table.parts, by=("origin",))) if table.name == "flights" else table for table in FLIGHTS.tables]
PROJECT = replace(FLIGHTS, package=__package__, tables=by, rows=rows)
"""
# No overlap, though there is history.
SHORT = """from dataclasses import replace
from datetime import timedelta
from flights.project import PROJECT as FLIGHTS
few = [replace(table, parts=table.parts and replace(table.parts, overlap=timedelta())) for table in FLIGHTS.tables]
PROJECT = replace(FLIGHTS, package=__package__, tables=few)
"""
# Runs commands of several projects in one process, so that Java starts once.
COMMANDS = """import json, os, sys
from importlib import import_module
from click.testing import CliRunner
done = []
for folder, package, arguments in json.loads(sys.argv[1]):
    os.chdir(folder)
    project = import_module(f"{package}.project").PROJECT
    tree = "machinery" if package == "tiny" else "flights.machinery"
    result = CliRunner().invoke(import_module(f"{tree}.cli").commands, arguments, obj=project)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    done.append([result.exit_code, result.output])
print(json.dumps(done))
"""
SAME = """import json, sys, polars as pl
pairs = zip(sys.argv[1::2], sys.argv[2::2])
print(json.dumps([pl.read_parquet(f"{one}.parquet").equals(pl.read_parquet(f"{many}/*.parquet").sort(order))
    for one, many in pairs for order in [("departure", "key")]]))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tiny project, its model and rows, and the environment for Spark."""
    folder = tmp_path_factory.mktemp("spark")
    env = another_venv(folder)
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-build-isolation-package=pyspark", f"--python={env}/bin/python"]
    run([*command, f"--requirement={LOCKS}/spark.txt"], TEMPLATE)
    # A copy, as it gets bytecode: without it, every process of Spark compiles what it imports.
    shutil.copytree(MACHINERY.parent, folder / "lib/flights")
    (folder / "lib/machinery").symlink_to("flights/machinery")
    (folder / "src").mkdir()
    (folder / "src/tiny").symlink_to(TINY)
    for package, program in {"keyed": KEYED, "short": SHORT}.items():
        (folder / "lib" / package).mkdir()
        (folder / "lib" / package / "__init__.py").touch()
        (folder / "lib" / package / "project.py").write_text(program)
        (folder / "lib" / package / "data").symlink_to("../flights/data")
    run([f"{env}/bin/python", "-c", PARTS], folder, variables(folder))
    (folder / "flights").mkdir()
    shutil.copy(SOURCE / "params.yaml", folder / "flights")
    program = f"source = {str(SOURCE)!r}\n{FLIGHTS}"
    run([f"{env}/bin/python", "-c", program], folder / "flights", variables(folder))
    return folder


@pytest.fixture(scope="module")
def done(place: Path, server: str) -> dict[str, tuple[int, str]]:  # noqa: F811  the fixture
    """Run commands on Spark in one process; return the status and the output of each."""
    url = f"{server}/postgres"
    run(["python", "-c", TABLE, url], place, variables(place))
    (place / "url").write_text(url)
    into = ["predict", url, url, "--table=rows", "--engine=spark", "--run-id=monday"]
    steps = {
        "database": (place, "tiny", [*into, "--max-bad-share=0.1"]),
        "predict": (place, "tiny", ["predict", "rows", "out", *SPARK, "--max-bad-share=0.1"]),
        "bad": (place, "tiny", [*BAD, "--run-id=tuesday", "--max-bad-share=0.001"]),
    }
    for name, package, stage, source in (
        ("rows", "flights", "rows", "clean"),
        ("features", "flights", "features", "rows"),
        ("again", "flights", "features", "rows"),
        ("keyed", "keyed", "rows", "clean"),
        ("short", "short", "rows", "clean"),
    ):
        target = "features" if name == "again" else name
        paths = [str(place / "flights" / each) for each in (source, target)]  # Java stays at home
        steps[name] = (place / "flights", package, ["stage", stage, *paths, "--engine=spark"])
    left = place / "out/_attempts/monday/killed/part-0.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    given = [(str(folder), package, command) for folder, package, command in steps.values()]
    options = ["--master", "local[2]", "--conf", "spark.sql.shuffle.partitions=4", "pyspark-shell"]
    own = {"PYSPARK_SUBMIT_ARGS": " ".join(options)}
    said = run(["python", "-c", COMMANDS, json.dumps(given)], place, variables(place) | own)
    return dict(zip(steps, json.loads(said.splitlines()[-1]), strict=True))


def variables(folder: Path) -> dict[str, str]:
    """Return the variables of a command in a folder."""
    path = f"{folder}/venv/bin:{os.environ['PATH']}"
    own = {"PYTHONPATH": f"{folder}/lib:{TINY.parent}", "MODEL": f"{folder}/tiny/models/candidate"}
    return {"PATH": path, **own}


def predict(folder: Path, *arguments: str) -> str:
    """Run `predict` in a folder."""
    command = ["python", "-m", "tiny.project", "predict", *arguments, "--max-bad-share=0.1"]
    return run(command, folder, variables(folder))


def fail(folder: Path, *arguments: str, **own: str) -> str:
    """Run `predict`, which must fail with a sentence, and return what it says."""
    done = subprocess.run(
        [f"{folder}/venv/bin/python", "-m", "tiny.project", "predict", *arguments],
        cwd=folder,
        env=os.environ | variables(folder) | own,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_spark_answers_as_one_process_does_and_a_repeated_run_changes_nothing(
    place: Path, done: dict[str, tuple[int, str]]
) -> None:
    one = predict(place, "rows.parquet", "one.parquet")
    status, spark = done["predict"]
    assert status == 0, spark
    same = spark.splitlines()[-1].split(":")[0]
    assert same == one.splitlines()[-1].split(":")[0]
    said = run(["python", "-c", COMPARE], place, variables(place))
    assert json.loads(said) == {"answers": True, "bad": 6}
    parts = {path.name for path in (place / "out/run_id=monday").glob("part=*")}
    assert parts == {"part=00", "part=01", "part=02"}
    assert not list((place / "out/_attempts").glob("*/*"))
    report = json.loads((place / "runs/monday.report.json").read_text())
    assert report.keys() >= json.loads((place / "one.parquet.report.json").read_text()).keys()
    assert report == json.loads((place / "out/run_id=monday/_report.json").read_text())

    before = {path: path.stat().st_mtime_ns for path in (place / "out").rglob("*")}
    submit = ["spark-submit", "--master=local[1]", str(SOURCE / "scripts/spark.py"), "predict"]
    again = run([*submit, "rows", "out", *SPARK], place, variables(place))
    assert same in again
    after = {path: path.stat().st_mtime_ns for path in (place / "out").rglob("*")}
    assert after == before


def test_answers_from_and_into_postgresql_are_those_of_one_process(
    place: Path, done: dict[str, tuple[int, str]]
) -> None:
    status, said = done["database"]
    assert status == 0, said
    if not (place / "one.parquet").exists():
        predict(place, "rows.parquet", "one.parquet")
    assert json.loads(run(["python", "-c", INTO], place, variables(place))) == [True, 6, True]


def test_too_many_bad_rows_stop_a_run_and_leave_only_its_report(
    place: Path, done: dict[str, tuple[int, str]]
) -> None:
    status, said = done["bad"]
    assert status == 1
    assert "rows break a rule, more than --max-bad-share 0.001 allows" in said
    assert not list((place / "other").rglob("*.parquet"))
    assert not json.loads((place / "runs/tuesday.report.json").read_text())["progress"]["complete"]
    assert (place / "runs/tuesday.quarantine.csv").exists()


def test_rows_and_features_are_those_of_one_process_across_the_end_of_a_month(
    place: Path, done: dict[str, tuple[int, str]]
) -> None:
    for name in ("rows", "features", "keyed"):
        status, said = done[name]
        assert status == 0, said
    names = [each for name in ("rows", "features", "keyed") for each in (name, name)]
    said = run(["python", "-c", SAME, *names], place / "flights", variables(place))
    assert json.loads(said) == [True, True, True]
    assert not list((place / "flights").glob("*.attempts/*"))


def test_rows_that_need_more_than_their_part_are_refused(
    place: Path, done: dict[str, tuple[int, str]]
) -> None:
    status, said = done["short"]
    assert status == 1
    assert "data/schema.py: rows() needs more than the parts of the tables hold: " in said
    assert "with a longer overlap" in said
    assert not list((place / "flights").glob("short*"))


def test_a_folder_that_is_there_is_kept(done: dict[str, tuple[int, str]]) -> None:
    status, said = done["again"]
    assert status == 1
    assert "features is there already: name another folder, or remove it" in said


def test_without_java_one_sentence_says_so(place: Path) -> None:
    done = fail(place, "rows", "out", "--engine=spark", JAVA_HOME=f"{place}/nowhere")
    assert "needs Java 17 or 21, and JAVA_HOME=" in done
