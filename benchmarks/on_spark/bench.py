"""A project with an environment for Spark, the rows that it scores, and a cluster of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "SPARK_BENCHMARK"  # a variable that tells our processes from others

# Rows with keys of their own, one in a thousand of which breaks a rule, in eight files.
MAKE = """
import sys
from pathlib import Path
import polars as pl
rows, folder = int(sys.argv[1]), Path(sys.argv[2])
examples = pl.read_parquet("data/rows.parquet").drop("target")
number = next(name for name, kind in examples.schema.items() if kind == pl.Int16)
folder.mkdir(parents=True)
for part in range(8):
    first, last = part * rows // 8, (part + 1) * rows // 8
    place = pl.int_range(first, last, eager=True).alias("place")
    table = examples[(place % examples.height).to_list()].with_columns(place)
    table.with_columns(
        key=pl.format("{}-{}", "key", "place"),
        **{number: pl.when(pl.col("place") % 1000 == 7).then(pl.lit(-5, pl.Int16)).otherwise(number)},
    ).drop("place").write_parquet(folder / f"{part}.parquet", row_group_size=65536)
"""
SAME = """
import sys
import polars as pl
one, spark, quarantine, again = sys.argv[1:]
answers = [pl.read_parquet(path, hive_partitioning=False).sort("key") for path in (one, f"{spark}/*.parquet")]
bad = [pl.read_csv(path, infer_schema=False).sort("key") for path in (quarantine, again)]
sys.exit(not (answers[0].equals(answers[1]) and bad[0].equals(bad[1])))
"""


class Bench:
    """A project whose pipeline has run, with an environment for Spark, and a folder to work in."""

    def __init__(self, project: Path, url: str) -> None:
        """Make the environment, once."""
        self.project, self.url = project, url
        self.env, self.work = project / "build/spark", project / "build/spark-work"
        if not (self.env / ".ready").exists():
            command = ["make", "setup", "LOCK=spark", f"VENV={self.env}"]
            subprocess.run(command, cwd=project, check=True)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        (module,) = project.glob("src/*/project.py")
        self.module = f"{module.parent.name}.project"

    def start(self, *command: object, mark: str = "1") -> subprocess.Popen[bytes]:
        """Start a command, with a mark that its whole tree of processes inherits."""
        own = {"PATH": f"{self.env}/bin:{os.environ['PATH']}", "MODEL": "models/candidate"}
        own |= {"PYTHONPATH": str(self.project / "src"), MARK: mark}
        own |= {"SPARK_CONF_DIR": str(self.work)}
        own |= {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with (self.work / "log.txt").open("ab") as log:
            return subprocess.Popen(
                list(map(str, command)),
                cwd=self.project,
                env=os.environ | own,
                stdout=log,
                stderr=log,
            )

    def python(self, program: str, *arguments: object) -> int:
        """Run a program and return its status."""
        return self.start(self.env / "bin/python", "-c", program, *arguments).wait()

    def predict(self, source: Path, target: Path | str, *options: str) -> subprocess.Popen[bytes]:
        """Start `predict`."""
        reports = ("--reports", self.work / "runs")
        command = (self.env / "bin/python", "-m", self.module, "predict", source, target)
        return self.start(*command, *reports, *options)

    def rows(self, number: int) -> Path:
        """Return a folder with so many rows."""
        folder = self.work / f"rows-{number}"
        if not folder.exists():
            assert self.python(MAKE, number, folder) == 0
        return folder

    def same(self, one: Path, target: Path, run: str) -> bool:
        """Say whether a run of Spark has the answers and the bad rows of one process."""
        runs = self.work / "runs"
        bad = (runs / f"{one.name}.quarantine.csv", runs / f"{run}.quarantine.csv")
        return self.python(SAME, one, target / f"run_id={run}", *bad) == 0


@contextlib.contextmanager
def cluster(bench: Bench) -> Iterator[str]:
    """Start a standalone cluster with two workers of one core, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spark, url = bench.env / "bin/spark-class", f"spark://127.0.0.1:{port}"
    name = "org.apache.spark.deploy"
    ports = ("--host", "127.0.0.1", "--webui-port", "0")
    started = [bench.start(spark, f"{name}.master.Master", *ports, "--port", port)]
    limits = ("--cores", "1", "--memory", "1g")
    registered, log = b"Registering worker", bench.work / "log.txt"
    already = log.read_bytes().count(registered)
    for number in range(2):
        folder = ("--work-dir", bench.work / f"worker-{number}")
        started.append(bench.start(spark, f"{name}.worker.Worker", *ports, *limits, *folder, url))
    try:
        for _ in range(600):
            if log.read_bytes().count(registered) == already + 2:
                break
            time.sleep(0.5)
        else:
            sys.exit("error: no cluster started, see build/spark-work/log.txt")
        yield url
    finally:
        for process in started:
            process.terminate()
            process.wait()
