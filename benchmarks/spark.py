"""Compares Spark with one process, and kills its executor and its driver.

    .venv/bin/python benchmarks/spark.py build/demo/flight-delays [--rows 3400000]
        [--only speed|faults|join|database] [--url postgresql://owner@host/database]

The parts: `speed` and `faults` score rows into a folder, `join` makes rows and features of so many
flights and of ten times as many, and `database` kills a driver that writes to an empty database of
PostgreSQL, the one at --url. It makes an environment with Spark in the project's build/spark, and
needs Java 17 or 21. Figures are of whole trees of processes: CPU seconds, and memory as the kernel's
proportional share; on a cluster, that of the executors and their Python. A full disk is a small
file system in memory, which only root can mount.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

RATE, CPU, MEMORY = 0.70, 2.2, 1600  # of one process, times one process, MB
CLOCK = os.sysconf("SC_CLK_TCK")
MARK = "SPARK_BENCHMARK"
KILL = signal.SIGKILL
EXECUTOR = (b"CoarseGrainedExecutorBackend", b"pyspark.daemon")

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
# Clean tables with so many flights, each year of them a folder, and what one process makes of them.
CLEAN = """
import sys
from pathlib import Path
import polars as pl
rows, folder = int(sys.argv[1]), Path(sys.argv[2])
tables = {name: pl.read_parquet(f"data/clean/{name}.parquet") for name in ("flights", "weather", "planes")}
years = max(1, round(rows / tables["flights"].height))
for year in range(years):
    (folder / str(year)).mkdir(parents=True)
    for name in ("flights", "weather"):
        table = tables[name].head(rows) if name == "flights" else tables[name]
        times = [column for column, kind in table.schema.items() if kind == pl.Datetime]
        later = table.with_columns(pl.col(times).dt.offset_by(f"{year}y"))
        if name == "flights":
            text = pl.format("{}{}-{}-{}", "carrier", "flight", "origin", pl.col("departure").dt.strftime("%Y%m%dT%H%M"))
            later = later.with_columns(text.alias("key"))
        later.write_parquet(folder / str(year) / f"{name}.parquet")
tables["planes"].write_parquet(folder / "planes.parquet")
"""
JOIN = """
import sys
from importlib import import_module
from pathlib import Path
import polars as pl
module, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
project, machinery = import_module(module).PROJECT, module.replace(".project", ".machinery")
params, rows, features = (import_module(f"{machinery}.{name}") for name in ("params", "data.rows", "data.features"))
tables = {table.name: pl.read_parquet(f"{folder}/**/{table.name}.parquet").lazy() for table in project.tables}
rows.labelled(project, tables, params.load(project.params)).write_parquet(target)
features.main(project, target, target.with_suffix(".features"))
"""
SAME_ROWS = """
import sys
import polars as pl
for one, many in ((sys.argv[1], sys.argv[2]), (sys.argv[3], sys.argv[4])):
    first, other = (pl.read_parquet(path).sort("key") for path in (one, f"{many}/*.parquet"))
    if not first.equals(other):
        sys.exit(1)
"""
INTO = """
import sys
import polars as pl
from sqlalchemy import create_engine, text
one, url = sys.argv[1:]
engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
with engine.connect() as connection:
    found = connection.execute(text("SELECT unit, arm, score FROM predictions WHERE request_id = 'database'"))
    there = pl.DataFrame(found.fetchall(), schema=["key", "arm", "score"], orient="row")
sys.exit(not there.sort("key").equals(pl.read_parquet(one).select("key", "arm", "score").sort("key")))
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


def tree(mark: str = "1") -> dict[int, tuple[float, float]]:
    """Return CPU seconds and MB of each process that has inherited the mark."""
    found: dict[int, tuple[float, float]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}\0".encode() not in (folder / "environ").read_bytes():
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            share = (folder / "smaps_rollup").read_text().split("Pss:")[1].split()[0]
            ticks = int(fields[11]) + int(fields[12])
            found[int(folder.name)] = (ticks / CLOCK, int(share) / 1024)
    return found


def measure(start: Callable[[], subprocess.Popen[bytes]]) -> tuple[float, float, float]:
    """Return the seconds, the CPU seconds and the most MB of a command's tree of processes.

    On a cluster, whose processes were there before, the MB are those of its executors alone.
    """
    before = {pid: cpu for pid, (cpu, _) in tree().items()}
    cpu: dict[int, float] = {}
    clock, child, peak = time.perf_counter(), start(), 0.0
    while child.poll() is None:
        now = tree()
        cpu |= {pid: used for pid, (used, _) in now.items()}
        counted = [pid for pid in now if not before or any(name in line(pid) for name in EXECUTOR)]
        peak = max(peak, sum(now[pid][1] for pid in counted))
        time.sleep(0.5)
    if child.returncode:
        sys.exit("error: a command failed, see build/spark-work/log.txt")
    spent = sum(used - before.get(pid, 0) for pid, used in cpu.items())
    return time.perf_counter() - clock, spent, peak


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


def speed(bench: Bench, rows: int) -> bool:
    """Print rate, CPU and memory on local[2] and on a cluster against one process."""
    sizes, fine = (rows // 4, rows), True
    print(f"{'':12}{'rows':>10}{'s':>8}{'CPU s':>8}{'MB':>8}")

    def all_sizes(name: str, *options: str) -> list[tuple[float, float, float]]:
        measured = []
        for size in sizes:
            source, run = bench.rows(size), f"{name}-{size}"
            target = bench.work / (name if options else f"{run}.parquet")
            own = (*options, "--run-id", run)
            measured.append(measure(lambda: bench.predict(source, target, *own)))  # noqa: B023
            print(f"{name:12}{size:>10}" + "".join(f"{each:>8.1f}" for each in measured[-1]))
        return measured

    def marginal(measured: list[tuple[float, float, float]]) -> float:
        return (sizes[1] - sizes[0]) / (measured[1][1] - measured[0][1])

    one = all_sizes("one")
    with cluster(bench) as url:
        for name, master in (("local", "local[2]"), ("cluster", url)):
            ours = all_sizes(name, "--engine=spark", f"--master={master}")
            same = bench.same(
                bench.work / f"one-{rows}.parquet", bench.work / name, f"{name}-{rows}"
            )
            rate, cpu, peak = marginal(ours) / marginal(one), ours[1][1] / one[1][1], ours[1][2]
            print(
                f"{name}: {'bit-identical' if same else 'DIFFERENT'}, marginal rate per core"
                f" {rate:.2f} of one process (at least {RATE}), {cpu:.2f} times its CPU (at most"
                f" {CPU}), {peak:.0f} MB (at most {MEMORY})"
            )
            fine &= same and rate >= RATE and cpu <= CPU and peak <= MEMORY
    return fine


def begun(target: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until a run writes answers."""
    while not list(target.glob("_attempts/*/*/_temporary/0/_temporary/*/part-*")):
        if child.poll() is not None:
            sys.exit("error: the run ended before it could be killed: take more --rows")
        time.sleep(0.05)


def faults(bench: Bench, rows: int) -> bool:
    """Kill an executor and a driver, fill the disk, and say whether anything was lost or doubled."""
    source, one = bench.rows(rows), bench.work / "one.parquet"
    assert bench.predict(source, one).wait() == 0
    found = {}
    with cluster(bench) as url:
        target, options = bench.work / "executor", ("--engine=spark", f"--master={url}")
        child = bench.predict(source, target, *options, "--run-id=executor")
        begun(target, child)
        executors = [pid for pid in tree() if b"CoarseGrainedExecutorBackend" in line(pid)]
        os.kill(executors[0], KILL)
        found["killed executor"] = child.wait() == 0 and bench.same(one, target, "executor")
    target, options = bench.work / "driver", ("--engine=spark", "--master=local[2]")
    child = bench.predict(source, target, *options, "--run-id=driver")
    begun(target, child)
    for pid in tree():
        os.kill(pid, KILL)
    child.wait()
    nothing = not list(target.glob("run_id=*"))
    again = bench.predict(source, target, *options, "--run-id=driver").wait()
    found["killed driver"] = nothing and again == 0 and bench.same(one, target, "driver")
    if os.getuid() == 0:
        found["full disk"] = full_disk(bench, source, one)
    for name, fine in found.items():
        print(f"{name}: {'nothing lost, nothing doubled' if fine else 'WRONG'}")
    return all(found.values())


def join(bench: Bench, rows: int) -> bool:
    """Print the cost of rows and features on Spark, and compare them with one process."""
    print(f"{'':12}{'flights':>10}{'s':>8}{'CPU s':>8}{'MB':>8}")
    spent, fine = [], True
    for size in (rows, 10 * rows):
        clean, made, features = (
            bench.work / f"{name}-{size}" for name in ("clean", "made", "features")
        )
        assert bench.python(CLEAN, size, clean) == 0
        total = 0.0
        for stage, source, target in (("rows", clean, made), ("features", made, features)):
            command = (bench.env / "bin/python", "-m", bench.module, "stage", stage, source, target)
            options = ("--engine=spark", "--master=local[2]")
            measured = measure(partial(bench.start, *command, *options))
            print(f"{stage:12}{size:>10}" + "".join(f"{each:>8.1f}" for each in measured))
            total += measured[1]
        spent.append(total)
        if size == rows:
            one = bench.work / "made.parquet"
            alone = (bench.env / "bin/python", "-c", JOIN, bench.module, clean, one)
            own = measure(partial(bench.start, *alone))
            print(f"{'one process':12}{size:>10}" + "".join(f"{each:>8.1f}" for each in own))
            pairs = (one, made, one.with_suffix(".features"), features)
            fine &= bench.python(SAME_ROWS, *pairs) == 0
        for folder in (clean, made, features):
            shutil.rmtree(folder)
    grown = spent[1] / spent[0]
    print(
        f"rows and features: {'bit-identical' if fine else 'DIFFERENT'}, {grown:.1f} times the CPU for"
        " 10 times the rows (at most 10)"
    )
    return fine and grown <= 10


def database(bench: Bench, rows: int) -> bool:
    """Kill a driver that writes to PostgreSQL, run it again, and say whether anything was lost."""
    source, one = bench.rows(rows), bench.work / "database.parquet"
    assert bench.predict(source, one).wait() == 0
    options = ("--engine=spark", "--master=local[2]", "--run-id=database")
    child, writes = bench.predict(source, bench.url, *options), b"Stage "
    already = (bench.work / "log.txt").read_bytes().count(writes)
    while (bench.work / "log.txt").read_bytes().count(writes) < already + 8:
        if child.poll() is not None:
            sys.exit("error: the run ended before it could be killed: take more --rows")
        time.sleep(0.05)
    for pid in tree():
        os.kill(pid, KILL)
    child.wait()
    part = bench.python(INTO, one, bench.url) != 0
    again = [bench.predict(source, bench.url, *options).wait() for _ in range(2)]
    fine = part and again == [0, 0] and bench.python(INTO, one, bench.url) == 0
    print(f"killed driver, PostgreSQL: {'nothing lost, nothing doubled' if fine else 'WRONG'}")
    return fine


def line(pid: int) -> bytes:
    """Return the command line of a process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def full_disk(bench: Bench, source: Path, one: Path) -> bool:
    """Score onto a file system that is too small, then onto the same one made larger."""
    target, size = bench.work / "disk", one.stat().st_size // 2
    target.mkdir()
    options = ("--engine=spark", "--master=local[2]", "--run-id=disk")
    mount = ["mount", "-t", "tmpfs", "-o"]
    subprocess.run([*mount, f"size={size}", "tmpfs", target], check=True)
    try:
        failed = bench.predict(source, target, *options).wait() == 1
        nothing = not list(target.glob("run_id=*"))
        subprocess.run([*mount, "remount,size=4g", "tmpfs", target], check=True)
        again = bench.predict(source, target, *options).wait()
        return failed and nothing and again == 0 and bench.same(one, target, "disk")
    finally:
        subprocess.run(["umount", target], check=True)


PARTS = {"speed": speed, "faults": faults, "join": join, "database": database}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("project", type=Path)
    parser.add_argument("--rows", type=int, default=3_400_000)
    parser.add_argument("--only", choices=list(PARTS))
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    bench = Bench(given.project.resolve(), given.url)
    wanted = (
        [given.only] if given.only else [each for each in PARTS if each != "database" or given.url]
    )
    results = [PARTS[part](bench, given.rows) for part in wanted]
    sys.exit(0 if all(results) else "error: a limit is exceeded")
