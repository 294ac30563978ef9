"""Prediction on Spark gives the answers of one process, from an environment of its own lock."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from environments import LOCKS, SOURCE, TEMPLATE, UV
from project import another_venv, run

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
rows = rows.with_columns(broken, part=pl.format("0{}", pl.col("place") % 3)).drop("place")
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
SPARK = ("--engine=spark", "--partition-by=part", "--run-id=monday")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tiny project, its model and rows, and the environment for Spark."""
    folder = tmp_path_factory.mktemp("spark")
    env = another_venv(folder)
    command = [str(UV), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-build-isolation-package=pyspark", f"--python={env}/bin/python"]
    run([*command, f"--requirement={LOCKS}/spark.txt"], TEMPLATE)
    for link, there in {"lib/machinery": MACHINERY, "src/tiny": TINY}.items():
        (folder / link).parent.mkdir()
        (folder / link).symlink_to(there)
    run([f"{env}/bin/python", "-c", PARTS], folder, variables(folder))
    return folder


def variables(folder: Path) -> dict[str, str]:
    """Return the variables of a command in a folder."""
    path = f"{folder}/venv/bin:{os.environ['PATH']}"
    own = {"PYTHONPATH": f"{folder}/lib:{TINY.parent}", "MODEL": "tiny/models/candidate"}
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


def test_spark_answers_as_one_process_does_and_a_repeated_run_changes_nothing(place: Path) -> None:
    one = predict(place, "rows.parquet", "one.parquet")
    left = place / "out/_attempts/monday/killed/part-0.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    spark = predict(place, "rows", "out", *SPARK, "--master=local[2]")
    same = spark.splitlines()[-1].split(":")[0]
    assert same == one.splitlines()[-1].split(":")[0]
    said = run(["python", "-c", COMPARE], place, variables(place))
    assert json.loads(said) == {"answers": True, "bad": 6}
    parts = {path.name for path in (place / "out/run_id=monday").glob("part=*")}
    assert parts == {"part=00", "part=01", "part=02"}
    assert not left.exists()
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


def test_too_many_bad_rows_stop_a_run_and_leave_only_its_report(place: Path) -> None:
    command = ["rows", "other", "--engine=spark", "--run-id=tuesday", "--max-bad-share=0.001"]
    done = fail(place, *command)
    assert "rows break a rule, more than --max-bad-share 0.001 allows" in done
    assert not list((place / "other").rglob("*.parquet"))
    assert not json.loads((place / "runs/tuesday.report.json").read_text())["progress"]["complete"]
    assert (place / "runs/tuesday.quarantine.csv").exists()


def test_without_java_one_sentence_says_so(place: Path) -> None:
    done = fail(place, "rows", "out", "--engine=spark", JAVA_HOME=f"{place}/nowhere")
    assert "needs Java 17 or 21, and JAVA_HOME=" in done
